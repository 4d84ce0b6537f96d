//! Where the file of each cell comes from, and which hosts get none.

use std::fmt;

use anyhow::Result;
use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_model::matrix::{Cell, Platform, Target};
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::{self as config, Supply};
use sixfold_model::values::BinaryName;

use crate::project::Project;

/// Where a cell's file comes from. In JSON it is a plain word.
#[derive(Clone, Debug)]
pub enum Source {
    /// Cargo builds it.
    Cargo,
    /// A third-party binary, or a file next to one.
    Prebuilt(Prebuilt),
    /// A command of the author writes this file.
    Command(Utf8PathBuf),
    /// This file of the project.
    File(Utf8PathBuf),
}

/// Where the file of a prebuilt cell comes from.
#[derive(Clone, Debug)]
pub struct Prebuilt {
    pub place: Place,
    /// True for an amd64 binary for arm64 hosts, which the configuration asks for.
    pub is_emulated: bool,
}

#[derive(Clone, Debug)]
pub enum Place {
    /// The download for this target: the cell's own, or the one that is emulated.
    Download(Target),
    /// A file of the project.
    File(Utf8PathBuf),
}

impl Source {
    pub const fn is_cargo(&self) -> bool {
        matches!(self, Self::Cargo)
    }

    pub(crate) const fn is_emulated(&self) -> bool {
        matches!(self, Self::Prebuilt(Prebuilt { is_emulated: true, .. }))
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Cargo => "cargo",
            Self::Prebuilt(_) => "prebuilt",
            Self::Command(_) => "command",
            Self::File(_) => "file",
        })
    }
}

/// Where the file of a prebuilt cell comes from. `None` for a binary that is built from source, and for a cell that the
/// configuration does not fill.
pub fn source(project: &Project, cell: &Cell) -> Option<Prebuilt> {
    let prebuilt = project.config.binary(cell)?.prebuilt()?;
    let Supply::Given(given) = prebuilt.supply(cell.target()) else { return None };
    let find = |name: &String| given.files.iter().find(|file| file.name == *name);
    let place = match cell.file.as_ref().and_then(find) {
        Some(file) if !file.is_member => Place::File(project.root.join(&file.path)),
        _ => Place::Download(given.target),
    };
    Some(Prebuilt { place, is_emulated: given.target != cell.target() })
}

/// Hosts that do not get a prebuilt binary.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    pub binary: String,
    pub cell: CellName,
    /// True if hosts with the same system and the other architecture do get it.
    pub is_for_one: bool,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is skipped for {}: {}", self.binary, self.cell, self.consequence())
    }
}

impl Skipped {
    /// What it means for these hosts.
    pub(crate) fn consequence(&self) -> String {
        let Target { os, arch } = self.cell.0;
        if self.is_for_one {
            format!(
                "metadata.json in linux/{arch} does not list it for {os}: the UI has to work without it there"
            )
        } else {
            format!("no {os} host gets it")
        }
    }
}

/// The hosts of these platforms that do not get a prebuilt binary.
pub(crate) fn skipped(project: &Project, platforms: &[Platform]) -> Vec<Skipped> {
    let binaries = project.config.prebuilt();
    binaries.flat_map(|(name, prebuilt)| skipped_of(name, prebuilt, platforms)).collect()
}

fn skipped_of(name: &BinaryName, prebuilt: &config::Prebuilt, platforms: &[Platform]) -> Vec<Skipped> {
    let is_for_one = |cell: CellName| {
        let same_os = prebuilt.skip.iter().filter(|other| other.0.os == cell.0.os);
        same_os.count() == 1
    };
    let skipped =
        |cell: &CellName| Skipped { binary: name.to_string(), cell: *cell, is_for_one: is_for_one(*cell) };
    let is_planned = |cell: &&CellName| platforms.iter().any(|platform| platform.arch() == cell.0.arch);
    prebuilt.skip.iter().filter(is_planned).map(skipped).collect()
}
