//! The list of crates that cargo-auditable puts into a program: a section `.dep-v0`, which has JSON that is compressed with zlib.
//!
//! Source: <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>, and its crate auditable-serde.

use std::io::{Read as _, Result};

use flate2::read::ZlibDecoder;
use serde::Deserialize;

use super::source::{View, malformed, or_malformed};

/// The name of the section.
pub(crate) const NAME: &[u8] = b".dep-v0";
/// The limit of the unpacked list in bytes. A crate takes about 80.
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

/// How many crates a program lists, or why its list cannot be read, which completes "its list of crates …".
pub type CrateCount = std::result::Result<usize, String>;

/// The offset and the length of the section, if there is one.
pub(crate) type Place = Option<(u64, u64)>;

/// `None` if there is no list. Fails if the file cannot be read.
pub(crate) fn count(view: View<'_>, place: Result<Place>) -> Result<Option<CrateCount>> {
    let count = place.and_then(|place| list(view, place)).map(|list| list.map(|list| Ok(list.len())));
    or_malformed(count, |reason| Some(Err(reason)))
}

/// `None` if there is no list.
pub(crate) fn list(view: View<'_>, place: Place) -> Result<Option<Vec<ListedCrate>>> {
    place.map(|(offset, len)| read(&view.bytes(offset, len)?)).transpose()
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

/// The only one of the sections with the name. Two would be ambiguous.
pub(crate) fn only(mut sections: impl Iterator<Item = (u64, u64)>) -> Result<Place> {
    match (sections.next(), sections.next()) {
        (section, None) => Ok(section),
        _ => Err(malformed("is there twice")),
    }
}

/// A name in a field that is filled with zeros.
pub(crate) fn is_named(field: &[u8]) -> bool {
    field.strip_prefix(NAME).is_some_and(|rest| rest.iter().all(|byte| *byte == 0))
}
