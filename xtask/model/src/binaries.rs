//! `[workspace.metadata.extension.binaries]`: programs of this workspace and prebuilt ones, and the cells that they fill.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::config::Config;
use super::prebuilt::{Prebuilt, Supply, Table};
use super::values::{BinaryName, Hosts};
use crate::matrix::{Cell, HostOs, Platform, Target};

/// A program that is put onto the host.
#[derive(Clone, Debug)]
pub enum BinaryConfig {
    /// A bin of this workspace, for these hosts.
    Own(Hosts),
    /// Somebody else's.
    Prebuilt(Box<Prebuilt>),
}

impl BinaryConfig {
    pub fn hosts(&self) -> &[HostOs] {
        match self {
            Self::Own(hosts) => hosts.as_slice(),
            Self::Prebuilt(prebuilt) => prebuilt.hosts.as_slice(),
        }
    }

    pub fn prebuilt(&self) -> Option<&Prebuilt> {
        match self {
            Self::Own(_) => None,
            Self::Prebuilt(prebuilt) => Some(prebuilt),
        }
    }

    /// The files that hosts of a target get beside the program. `None` where they do not get the program either.
    fn files(&self, target: Target) -> Option<Vec<String>> {
        match self.prebuilt().map(|prebuilt| prebuilt.supply(target)) {
            Some(Supply::Skipped) => None,
            Some(Supply::Given(given)) => Some(given.files.into_iter().map(|file| file.name).collect()),
            Some(Supply::Missing) | None => Some(vec![]),
        }
    }
}

impl Config {
    /// The cells of all binaries, in the order binary, host system, file, platform.
    pub fn cells(&self, platforms: &[Platform]) -> Vec<Cell> {
        let mut cells = vec![];
        for (name, binary) in &self.binaries {
            for os in binary.hosts() {
                cells.extend(cells_of(name, binary, *os, platforms));
            }
        }
        cells
    }

    /// The prebuilt programs.
    pub fn prebuilt(&self) -> impl Iterator<Item = (&BinaryName, &Prebuilt)> {
        self.binaries.iter().filter_map(|(name, binary)| Some((name, binary.prebuilt()?)))
    }
}

fn cells_of(name: &BinaryName, binary: &BinaryConfig, os: HostOs, platforms: &[Platform]) -> Vec<Cell> {
    let files = platforms.iter().filter_map(|platform| {
        let files = binary.files(Target { os, arch: platform.arch() })?;
        Some((*platform, files))
    });
    let cell = |platform, file| Cell { file, ..Cell::of(name.as_str(), os, platform) };
    let mut cells: Vec<_> = files
        .flat_map(|(platform, files)| {
            [None].into_iter().chain(files.into_iter().map(Some)).map(move |file| cell(platform, file))
        })
        .collect();
    cells.sort_by(|a, b| (&a.file, a.platform).cmp(&(&b.file, b.platform)));
    cells
}

/// Reads the table. Each binary is checked where it is read, so that an error has its place.
pub fn read<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<BinaryName, BinaryConfig>, D::Error> {
    deserializer.deserialize_map(All)
}

struct All;

impl<'de> Visitor<'de> for All {
    type Value = BTreeMap<BinaryName, BinaryConfig>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table for each program")
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

/// Whose file has a name on a host.
type Names = BTreeMap<(HostOs, String), BinaryName>;

struct One<'a> {
    name: &'a BinaryName,
    names: &'a mut Names,
}

impl<'de> DeserializeSeed<'de> for One<'_> {
    type Value = BinaryConfig;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<BinaryConfig, D::Error> {
        let binary = Table::deserialize(deserializer)?.describe(self.name).map_err(D::Error::custom)?;
        claim(self.names, self.name, &binary).map_err(D::Error::custom)?;
        Ok(binary)
    }
}

/// Fails where another binary has a file of the same name on a host: all of them land in one folder.
fn claim(names: &mut Names, name: &BinaryName, binary: &BinaryConfig) -> Result<(), String> {
    for os in binary.hosts() {
        let cells = cells_of(name, binary, *os, &Platform::ALL);
        let files: BTreeSet<_> = cells.iter().map(Cell::file_name).collect();
        for file in files {
            let owner = names.entry((*os, os.file_key(&file))).or_insert_with(|| name.clone());
            if owner != name {
                return Err(format!(
                    "{owner} has a file called {file} on {os} too, where all files of an extension land in one folder"
                ));
            }
        }
    }
    Ok(())
}
