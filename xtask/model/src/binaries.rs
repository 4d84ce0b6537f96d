//! `[workspace.metadata.extension.binaries]`: host binaries, where they come from, and their cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::binary::BinaryConfig;
use crate::binary_table::Table;
use crate::matrix::{Cell, HostOs, Platform, Target};
use crate::values::BinaryName;

/// The cells of a binary on one host system, in the order file, platform.
pub(crate) fn cells_of(
    name: &BinaryName,
    binary: &BinaryConfig,
    os: HostOs,
    platforms: &[Platform],
) -> Vec<Cell> {
    let files = platforms.iter().filter_map(|platform| {
        let files = binary.files(Target { os, arch: platform.arch() })?;
        Some((*platform, files))
    });
    let cell = |platform, file: Option<String>| Cell {
        at: binary.path(os, file.as_deref()),
        file,
        ..Cell::of(name.as_str(), os, platform)
    };
    let mut cells: Vec<_> = files
        .flat_map(|(platform, files)| {
            [None].into_iter().chain(files.into_iter().map(Some)).map(move |file| cell(platform, file))
        })
        .collect();
    cells.sort_by(|a, b| (&a.file, a.platform).cmp(&(&b.file, b.platform)));
    cells
}

/// Reads the table. Each binary is checked while it is read, so that an error has its place.
pub(crate) fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<BinaryName, BinaryConfig>, D::Error> {
    deserializer.deserialize_map(All)
}

struct All;

impl<'de> Visitor<'de> for All {
    type Value = BTreeMap<BinaryName, BinaryConfig>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table for each binary")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut binaries, mut names) = (BTreeMap::new(), Names::new());
        while let Some(name) = map.next_key::<BinaryName>()? {
            let binary = map.next_value_seed(One { name: &name, names: &mut names })?;
            binaries.insert(name, binary);
        }
        Ok(binaries)
    }
}

/// The binary that each file name on a host belongs to.
type Names = BTreeMap<(HostOs, String), BinaryName>;

struct One<'a> {
    name: &'a BinaryName,
    names: &'a mut Names,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = BinaryConfig;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<BinaryConfig, D::Error> {
        let binary = Table::deserialize(deserializer)?.resolve(self.name).map_err(D::Error::custom)?;
        claim(self.names, self.name, &binary).map_err(D::Error::custom)?;
        Ok(binary)
    }
}

/// Fails if another binary has a file of the same name on a host, where all files are copied into one folder.
fn claim(names: &mut Names, name: &BinaryName, binary: &BinaryConfig) -> Result<(), String> {
    for os in binary.hosts() {
        let cells = cells_of(name, binary, *os, &Platform::ALL);
        let files: BTreeSet<_> = cells.iter().map(Cell::file_name).collect();
        for file in files {
            let owner = names.entry((*os, os.file_key(&file))).or_insert_with(|| name.clone());
            if owner != name {
                return Err(format!(
                    "{owner} also has a file named {file} on {os}, where all files of an extension are copied into one folder"
                ));
            }
        }
    }
    Ok(())
}
