//! The one judge of what a host gets: opens a file, says what it is, and whether it runs on the hosts that pull it.
//!
//! `dist` asks it about the stage and about the image that it pushed, `inspect` about anybody's image. It reads bytes and
//! never runs them. Invariant: whatever the bytes are, the answer comes without a panic, in memory that does not grow
//! with the file and in time proportional to its size.

mod elf;
mod libraries;
mod macho;
mod pe;
mod rules;
mod signature;
mod source;
mod text;
mod verdict;

use std::io::{ErrorKind, Result};

use serde::Serialize;

use elf::Elf;
use macho::MachO;
use pe::Pe;
use sixfold_model::matrix::{Arch, HostOs};
use source::View;

pub use rules::{ALL as LINTS, EMULATED, Origin, needs, strict, verdict_finding};
pub use signature::Signature;
pub use source::Source;
pub use text::{Data, Text};
pub use verdict::{Judgement, Verdict, host_name};

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

/// What a slice of a program was compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    Amd64,
    Arm64,
    Other,
}

impl Machine {
    /// Whether it is the given architecture.
    pub fn is(self, arch: Arch) -> bool {
        self == match arch {
            Arch::Amd64 => Self::Amd64,
            Arch::Arm64 => Self::Arm64,
        }
    }
}

/// The architecture of a file, as `inspect --format json` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileArch {
    Amd64,
    Arm64,
    /// A Mach-O file with several slices.
    Universal,
    Other,
}

impl From<Machine> for FileArch {
    fn from(machine: Machine) -> Self {
        match machine {
            Machine::Amd64 => Self::Amd64,
            Machine::Arm64 => Self::Arm64,
            Machine::Other => Self::Other,
        }
    }
}

/// Whether a file is started by itself, or loaded by a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Program,
    Library,
}

/// What a file was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Examined {
    /// The slices of a Mach-O file: one, or several of a universal one.
    MachO(Vec<MachO>),
    Pe(Pe),
    Elf(Elf),
    Text(Text),
    /// It starts like this format, and cannot be one of its programs, for this reason.
    Broken(Format, String),
}

impl Examined {
    /// Examines bytes in memory. `name` is the file's base name, by which some scripts are told.
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self::read(name, &bytes).unwrap_or_else(|error| Self::Broken(Format::Data, error.to_string()))
    }

    /// Examines a file without loading it whole. Fails only where the source cannot be read.
    pub fn read(name: &str, source: &dyn Source) -> Result<Self> {
        let view = View::whole(source)?;
        let start = view.up_to(0, 512)?;
        let (format, read) = match () {
            () if macho::is_fat(&start) => (Format::MachO, macho::read_fat(view).map(Self::MachO)),
            () if macho::is_thin(&start) => {
                (Format::MachO, MachO::read(view).map(|slice| Self::MachO(vec![slice])))
            }
            () if start.starts_with(b"\x7fELF") => (Format::Elf, Elf::read(view).map(Self::Elf)),
            () if start.starts_with(b"MZ") => (Format::Pe, Pe::read(view).map(Self::Pe)),
            () => return Ok(Self::Text(Text::of(name, &start))),
        };
        match read {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                Ok(Self::Broken(format, error.to_string()))
            }
            read => read,
        }
    }

    pub const fn format(&self) -> Format {
        match self {
            Self::MachO(_) => Format::MachO,
            Self::Pe(_) => Format::Pe,
            Self::Elf(_) => Format::Elf,
            Self::Text(Text::Data(_)) => Format::Data,
            Self::Text(_) => Format::Script,
            Self::Broken(format, _) => *format,
        }
    }

    /// Whether it is something that this operating system starts as a program, of whatever architecture.
    pub fn is_program_for(&self, os: HostOs) -> bool {
        match (os, self) {
            (HostOs::Darwin, Self::MachO(slices)) => slices.iter().any(|slice| slice.kind == Kind::Program),
            (HostOs::Windows, Self::Pe(pe)) => pe.kind == Kind::Program,
            (HostOs::Linux, Self::Elf(elf)) => elf.kind == Kind::Program,
            _ => false,
        }
    }

    /// `None` for what is no machine code, or too broken to tell.
    pub fn arch(&self) -> Option<FileArch> {
        match self {
            Self::MachO(slices) => match slices.as_slice() {
                [one] => Some(one.machine.into()),
                _ => Some(FileArch::Universal),
            },
            Self::Pe(pe) => Some(pe.machine.into()),
            Self::Elf(elf) => Some(elf.machine.into()),
            Self::Text(_) | Self::Broken(..) => None,
        }
    }

    /// The slice that a Mac of this architecture runs: its own, or on Apple Silicon the one for Intel.
    pub fn slice(&self, arch: Arch) -> Option<&MachO> {
        let Self::MachO(slices) = self else { return None };
        let find = |arch| slices.iter().find(|slice| slice.machine.is(arch));
        find(arch).or_else(|| find(Arch::Amd64))
    }
}

#[cfg(any(test, feature = "samples"))]
pub mod samples;
#[cfg(test)]
mod shape_tests;
#[cfg(test)]
mod tests;
