//! `[workspace.metadata.extension.binaries]`: host binaries that are built from source or prebuilt, and their cells.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use crate::matrix::{Cell, HostOs, Platform, Target};
use crate::prebuilt::{Prebuilt, Supply, Table};
use crate::values::{BinaryName, Hosts};

/// A host binary.
#[derive(Clone, Debug)]
pub enum BinaryConfig {
    /// Built from source: a bin of this workspace, for these hosts, with these features of its package.
    Own { hosts: Hosts, features: Vec<String> },
    /// A third-party binary.
    Prebuilt(Box<Prebuilt>),
}

impl BinaryConfig {
    /// The host systems that it is for.
    pub fn hosts(&self) -> &[HostOs] {
        match self {
            Self::Own { hosts, .. } => hosts.as_slice(),
            Self::Prebuilt(prebuilt) => prebuilt.hosts.as_slice(),
        }
    }

    /// `None` if it is built from source.
    pub fn prebuilt(&self) -> Option<&Prebuilt> {
        match self {
            Self::Own { .. } => None,
            Self::Prebuilt(prebuilt) => Some(prebuilt),
        }
    }

    /// The features of its package that the author has chosen.
    pub fn features(&self) -> &[String] {
        match self {
            Self::Own { features, .. } => features,
            Self::Prebuilt(_) => &[],
        }
    }

    /// The files that the hosts of a cell get next to the binary. `None` if they do not get the binary either.
    fn files(&self, target: Target) -> Option<Vec<String>> {
        match self.prebuilt().map(|prebuilt| prebuilt.supply(target)) {
            Some(Supply::Skipped) => None,
            Some(Supply::Given(given)) => Some(given.files.into_iter().map(|file| file.name).collect()),
            Some(Supply::Missing) | None => Some(vec![]),
        }
    }
}

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
    let cell = |platform, file| Cell { file, ..Cell::of(name.as_str(), os, platform) };
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
        let mut table = Table::deserialize(deserializer)?;
        let features = table.features.take();
        let (hosts, prebuilt) = table.resolve(self.name).map_err(D::Error::custom)?;
        let binary = match (prebuilt, features) {
            (Some(_), Some(_)) => {
                let message =
                    "`features` is for binaries that cargo builds\nhelp: remove it, or remove `url`";
                return Err(D::Error::custom(message));
            }
            (Some(prebuilt), None) => BinaryConfig::Prebuilt(Box::new(prebuilt)),
            (None, features) => BinaryConfig::Own { hosts, features: features.unwrap_or_default() },
        };
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
