//! A file for hosts: its format, and what its headers say.

use std::io::Result;

use serde::Serialize;

use super::crates::{self, CrateCount, ListedCrate};
use super::elf::{self, Elf};
use super::machine::{FileArch, Kind};
use super::macho::{self, MachO};
use super::pe::{self, Pe};
use super::signature::Signature;
use super::source::{Source, View, or_malformed};
use super::text::{Data, Text};
use sixfold_model::matrix::{Arch, HostOs};

/// The format of a file, as `inspect --format json` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    MachO,
    Pe,
    Elf,
    Script,
    Data,
}

/// A file that was read and recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFile(pub(crate) Content);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// The slices of a Mach-O file: one, or several if it is universal.
    MachO(Vec<MachO>),
    Pe(Pe),
    Elf(Elf),
    Text(Text),
    /// It starts like a file of this format but is malformed; the text completes "the file is unusable: …".
    Malformed(Format, String),
}

impl HostFile {
    /// Parses bytes in memory. `name` is the file's base name, by which some scripts are recognized.
    pub fn parse(name: &str, bytes: &[u8]) -> Self {
        Self::read(name, &bytes)
            .unwrap_or_else(|error| Self(Content::Malformed(Format::Data, error.to_string())))
    }

    /// Parses a file without loading it as a whole. Fails only if the source cannot be read.
    pub fn read(name: &str, source: &dyn Source) -> Result<Self> {
        let view = View::whole(source)?;
        let start = view.up_to(0, 512)?;
        let (format, content) = if macho::is_fat(&start) {
            (Format::MachO, macho::read_fat(view).map(Content::MachO))
        } else if macho::is_thin(&start) {
            (Format::MachO, MachO::read(view).map(|slice| Content::MachO(vec![slice])))
        } else if start.starts_with(b"\x7fELF") {
            (Format::Elf, Elf::read(view).map(Content::Elf))
        } else if start.starts_with(b"MZ") {
            (Format::Pe, Pe::read(view).map(Content::Pe))
        } else {
            return Ok(Self(Content::Text(Text::of(name, &start))));
        };
        or_malformed(content, |reason| Content::Malformed(format, reason)).map(Self)
    }

    pub const fn format(&self) -> Format {
        match &self.0 {
            Content::MachO(_) => Format::MachO,
            Content::Pe(_) => Format::Pe,
            Content::Elf(_) => Format::Elf,
            Content::Text(Text::Data(_)) => Format::Data,
            Content::Text(_) => Format::Script,
            Content::Malformed(format, _) => *format,
        }
    }

    /// True for data: neither machine code nor a script, and nothing that a failed download or an unfetched file leaves.
    pub const fn is_data(&self) -> bool {
        matches!(self.0, Content::Text(Text::Data(Data::Other)))
    }

    /// Whether this operating system can start it as a program, on a host of any architecture.
    pub fn is_program_for(&self, os: HostOs) -> bool {
        match (os, &self.0) {
            (HostOs::Darwin, Content::MachO(slices)) => {
                slices.iter().any(|slice| slice.kind == Kind::Program)
            }
            (HostOs::Windows, Content::Pe(pe)) => pe.kind == Kind::Program,
            (HostOs::Linux, Content::Elf(elf)) => elf.kind == Kind::Program,
            _ => false,
        }
    }

    /// `None` for files without machine code, and for malformed ones.
    pub fn arch(&self) -> Option<FileArch> {
        match &self.0 {
            Content::MachO(slices) => match slices.as_slice() {
                [slice] => Some(slice.machine.into()),
                _ => Some(FileArch::Universal),
            },
            Content::Pe(pe) => Some(pe.machine.into()),
            Content::Elf(elf) => Some(elf.machine.into()),
            Content::Text(_) | Content::Malformed(..) => None,
        }
    }

    /// The code signature. Of a universal file, that of the slice for `arch`. `None` for files that cannot have one.
    pub fn signature(&self, arch: Arch) -> Option<&Signature> {
        match &self.0 {
            Content::MachO(_) => self.slice(arch).map(|slice| &slice.signature),
            Content::Pe(pe) => Some(&pe.signature),
            Content::Elf(_) | Content::Text(_) | Content::Malformed(..) => None,
        }
    }

    /// The crates that a Rust program lists. Of a universal file, those of the slice for `arch`. `None` if there is no list.
    pub fn crates(&self, arch: Arch) -> Option<&CrateCount> {
        match &self.0 {
            Content::MachO(_) => self.slice(arch).and_then(|slice| slice.crates.as_ref()),
            Content::Pe(pe) => pe.crates.as_ref(),
            Content::Elf(elf) => elf.crates.as_ref(),
            Content::Text(_) | Content::Malformed(..) => None,
        }
    }

    /// The slice that a Mac of this architecture runs: its own or, on Apple Silicon, the one for Intel.
    pub(crate) fn slice(&self, arch: Arch) -> Option<&MachO> {
        let Content::MachO(slices) = &self.0 else { return None };
        let find = |arch| slices.iter().find(|slice| slice.machine.is(arch));
        find(arch).or_else(|| find(Arch::Amd64))
    }

    /// Whether users start the file itself, so that it needs its x bits.
    pub(crate) fn is_started(&self) -> bool {
        match &self.0 {
            Content::MachO(slices) => slices.iter().any(|slice| slice.kind == Kind::Program),
            Content::Pe(pe) => pe.kind == Kind::Program,
            Content::Elf(elf) => elf.kind == Kind::Program,
            Content::Text(text) => !matches!(text, Text::Data(_)),
            Content::Malformed(..) => false,
        }
    }

    /// True for shared libraries. Of a universal file, the slice for `arch` counts.
    pub(crate) fn is_library(&self, arch: Arch) -> bool {
        let kind = match &self.0 {
            Content::MachO(_) => self.slice(arch).map(|slice| slice.kind),
            Content::Pe(pe) => Some(pe.kind),
            Content::Elf(elf) => Some(elf.kind),
            Content::Text(_) | Content::Malformed(..) => None,
        };
        kind == Some(Kind::Library)
    }
}

/// The crates that a program for one architecture lists. `None` if it has no list, and for every other kind of file.
///
/// Fails if the file cannot be read, and if its list is malformed: the error completes "its list of crates …".
pub fn listed_crates(source: &dyn Source) -> Result<Option<Vec<ListedCrate>>> {
    let view = View::whole(source)?;
    let start = view.up_to(0, 4)?;
    match start.as_slice() {
        [b'M', b'Z', ..] => crates::list(view, pe::crate_list(view)?),
        b"\x7fELF" => crates::list(view, elf::crate_list(view)?),
        [0xcf, 0xfa, 0xed, 0xfe] => crates::list(view, macho::crate_list(view)?),
        _ => Ok(None),
    }
}
