//! The list of crates that cargo-auditable puts into a program: a section `.dep-v0`, which has JSON that is compressed with zlib.
//!
//! Source: <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>, and its crate auditable-serde.

use std::io::{ErrorKind, Read as _, Result};

use flate2::read::ZlibDecoder;
use object::LittleEndian as LE;
use object::elf::{ELFCLASS64, FileHeader64, SHT_NOBITS, SectionHeader64};
use object::macho::{LC_SEGMENT_64, MachHeader64, Section64, SegmentCommand64};
use object::pe::{ImageDosHeader, ImageFileHeader};
use serde::Deserialize;

use super::macho::commands;
use super::pe::Sections;
use super::source::{Source, View, malformed, pod_in};

const NAME: &[u8] = b".dep-v0";
/// The limit of the unpacked list in bytes: ten times that of a program with a thousand crates.
const LARGEST: u64 = 1 << 20;

/// A crate that a program lists.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct ListedCrate {
    pub name: String,
    pub version: String,
    /// `crates.io`, `registry`, `git`, `local`, or something else.
    source: String,
    #[serde(default)]
    kind: Kind,
    /// Positions in the list.
    #[serde(default)]
    dependencies: Vec<usize>,
    #[serde(default)]
    root: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    #[default]
    Runtime,
    Build,
}

#[derive(Deserialize)]
struct List {
    packages: Vec<ListedCrate>,
}

/// The crates that a program for one architecture lists. `None` if it has no list, and for every other kind of file.
///
/// Fails if the file cannot be read, and if its list is malformed: the error completes "its list of crates …".
pub fn listed_crates(source: &dyn Source) -> Result<Option<Vec<ListedCrate>>> {
    let view = View::whole(source)?;
    let start = view.up_to(0, 4)?;
    match start.as_slice() {
        [b'M', b'Z', ..] => in_section(view, pe_section),
        b"\x7fELF" => in_section(view, elf_section),
        [0xcf, 0xfa, 0xed, 0xfe] => in_section(view, macho_section),
        _ => Ok(None),
    }
}

/// How many crates a program lists, or why its list cannot be read. `None` if it has no list. Fails if the file cannot be read.
pub(crate) fn count(view: View<'_>, find: Find) -> Result<Option<CrateCount>> {
    match in_section(view, find) {
        Err(error) if error.kind() == ErrorKind::InvalidData => Ok(Some(Err(error.to_string()))),
        list => Ok(list?.map(|list| Ok(list.len()))),
    }
}

/// How many crates a program lists, or why its list cannot be read, which completes "its list of crates …".
pub type CrateCount = std::result::Result<usize, String>;

/// Finds the section: its offset and its length.
type Find = fn(View<'_>) -> Result<Option<(u64, u64)>>;

fn in_section(view: View<'_>, find: Find) -> Result<Option<Vec<ListedCrate>>> {
    find(view)?.map(|(offset, len)| read(&view.bytes(offset, len)?)).transpose()
}

/// Reads a list, strictly: one compressed text, which may be followed by the zeros that fill a section of a PE file.
fn read(section: &[u8]) -> Result<Vec<ListedCrate>> {
    let mut decoder = ZlibDecoder::new(section);
    let mut json = vec![];
    // The error of a decompressor is about its input.
    let unpacked = decoder.by_ref().take(LARGEST + 1).read_to_end(&mut json);
    unpacked.map_err(|_| malformed("is not compressed with zlib, or is cut off"))?;
    if json.len() as u64 > LARGEST {
        return Err(malformed(format!("has more than {LARGEST} bytes, more than that of any real program")));
    }
    let rest =
        usize::try_from(decoder.total_in()).ok().and_then(|end| section.get(end..)).unwrap_or_default();
    if rest.iter().any(|byte| *byte != 0) {
        return Err(malformed("is followed by something else"));
    }
    let list: List = serde_json::from_slice(&json).map_err(|error| {
        malformed(format!("is not what cargo-auditable writes, at column {}", error.column()))
    })?;
    let mut dependencies = list.packages.iter().flat_map(|package| &package.dependencies);
    if dependencies.any(|dependency| *dependency >= list.packages.len()) {
        return Err(malformed("has a dependency that it does not list"));
    }
    match list.packages.iter().filter(|package| package.root).count() {
        1 => Ok(list.packages),
        _ => Err(malformed("does not say which crate is the program")),
    }
}

/// The only section of this name among (name, offset, length). Two would be ambiguous.
fn only(mut sections: impl Iterator<Item = (u64, u64)>) -> Result<Option<(u64, u64)>> {
    match (sections.next(), sections.next()) {
        (section, None) => Ok(section),
        _ => Err(malformed("is there twice")),
    }
}

pub(crate) fn elf_section(view: View<'_>) -> Result<Option<(u64, u64)>> {
    let header: FileHeader64<LE> = view.pod(0)?;
    let (count, size) = (header.e_shnum.get(LE), size_of::<SectionHeader64<LE>>());
    if header.e_ident.class != ELFCLASS64 || count == 0 || usize::from(header.e_shentsize.get(LE)) != size {
        return Ok(None);
    }
    let table = view.bytes(header.e_shoff.get(LE), u64::from(count) * size as u64)?;
    let sections: Vec<SectionHeader64<LE>> =
        table.chunks_exact(size).map(|chunk| pod_in(chunk, 0)).collect::<Result<_>>()?;
    let Some(names) = sections.get(usize::from(header.e_shstrndx.get(LE).0)) else { return Ok(None) };
    let names = view.part(names.sh_offset.get(LE), names.sh_size.get(LE))?;
    let mut found = vec![];
    for section in sections.iter().filter(|section| section.sh_type.get(LE) != SHT_NOBITS) {
        if names.up_to(section.sh_name.get(LE).into(), NAME.len() as u64 + 1)? == [NAME, b"\0"].concat() {
            found.push((section.sh_offset.get(LE), section.sh_size.get(LE)));
        }
    }
    only(found.into_iter())
}

pub(crate) fn pe_section(view: View<'_>) -> Result<Option<(u64, u64)>> {
    let dos: ImageDosHeader = view.pod(0)?;
    let start = u64::from(dos.e_lfanew.get(LE));
    let header: ImageFileHeader = view.pod(start + 4)?;
    let sections = Sections::read(view, start, &header)?;
    let named = sections.0.iter().filter(|section| is_named(&section.name));
    only(
        named.map(|section| {
            (section.pointer_to_raw_data.get(LE).into(), section.size_of_raw_data.get(LE).into())
        }),
    )
}

pub(crate) fn macho_section(view: View<'_>) -> Result<Option<(u64, u64)>> {
    let header: MachHeader64<LE> = view.pod(0)?;
    let mut found = vec![];
    commands::each(view, &header, &mut |command, body| {
        if command == LC_SEGMENT_64 {
            let segment: SegmentCommand64<LE> = pod_in(body, 0)?;
            let size = size_of::<Section64<LE>>();
            let sections = body.get(size_of_val(&segment)..).unwrap_or_default().chunks_exact(size);
            for section in sections.take(segment.nsects.get(LE) as usize) {
                let section: Section64<LE> = pod_in(section, 0)?;
                if is_named(&section.sectname) {
                    found.push((section.offset.get(LE).into(), section.size.get(LE)));
                }
            }
        }
        Ok(())
    })?;
    only(found.into_iter())
}

/// A name in a field that is filled with zeros.
fn is_named(field: &[u8]) -> bool {
    field.strip_prefix(NAME).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
}
