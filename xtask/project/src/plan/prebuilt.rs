//! Prebuilt programs in the plan: what is downloaded, what each cell is taken from, and what hosts do without.

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail};
use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use crate::Project;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Cell, Platform, Target};
use sixfold_model::prebuilt::address::resolve;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_model::prebuilt::{Given, Prebuilt, Supply};
use sixfold_model::values::BinaryName;

/// Where a cell's program comes from; a plain word in the JSON.
#[derive(Clone, Debug)]
pub enum Source {
    Cargo,
    Prebuilt(Taken),
}

/// What a prebuilt cell is taken from.
#[derive(Clone, Debug)]
pub struct Taken {
    pub place: Place,
    /// The amd64 program, for arm64 hosts, because the configuration asks for that.
    pub is_emulated: bool,
}

#[derive(Clone, Debug)]
pub enum Place {
    /// The download for this target: the cell's own, or the one that is emulated.
    Download(Target),
    /// A file of the workspace.
    File(Utf8PathBuf),
}

impl Source {
    pub const fn is_cargo(&self) -> bool {
        matches!(self, Self::Cargo)
    }

    pub const fn is_emulated(&self) -> bool {
        matches!(self, Self::Prebuilt(Taken { is_emulated: true, .. }))
    }
}

impl Serialize for Source {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.is_cargo() { "cargo" } else { "prebuilt" })
    }
}

/// One download of a prebuilt program.
#[derive(Clone, Debug, Serialize)]
pub struct Download {
    pub binary: String,
    pub version: Option<String>,
    pub cell: CellName,
    /// Without anything that may be a secret.
    pub url: String,
    pub sha256: Digest,
    /// Whether the tool's cache folder has it.
    #[serde(rename = "cached")]
    pub is_cached: bool,
    /// As `fetch` takes it.
    #[serde(skip)]
    pub address: String,
    /// The program and the members beside it.
    #[serde(skip)]
    pub files: Vec<Wanted>,
}

impl Download {
    /// What people and `fetch` call it.
    pub fn id(&self) -> String {
        format!("{} {}", self.binary, self.cell)
    }
}

/// Hosts that get none of a prebuilt program.
#[derive(Clone, Debug, Serialize)]
pub struct Skipped {
    pub binary: String,
    pub cell: CellName,
    /// Hosts of the same system and the other architecture do get it.
    pub is_for_one: bool,
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is skipped for {}: {}", self.binary, self.cell, self.consequence())
    }
}

impl Skipped {
    /// What it means for these hosts.
    pub fn consequence(&self) -> String {
        let (os, Target { arch, .. }) = (self.cell.0.os, self.cell.0);
        match self.is_for_one {
            true => format!(
                "metadata.json in linux/{arch} does not list it for {os}: the page has to do without it there"
            ),
            false => format!("no {os} host gets it"),
        }
    }
}

/// Every download of the cells of these platforms, each once.
///
/// Fails for cells that the configuration neither provides nor excuses, and for digests that are missing.
pub fn downloads(
    project: &Project,
    platforms: &[Platform],
    cached: &BTreeSet<Digest>,
) -> Result<Vec<Download>> {
    let mut downloads = vec![];
    for (name, prebuilt) in project.config.prebuilt() {
        let lacking = prebuilt.lacking(platforms);
        if let Some(complaint) = lacking.complaint(name) {
            bail!("{name} {complaint}");
        }
        let mut seen = BTreeSet::new();
        for given in prebuilt.given(platforms).filter(|given| seen.insert(given.target)) {
            downloads.extend(download(project, name, prebuilt, given, cached));
        }
    }
    Ok(downloads)
}

fn download(
    project: &Project,
    name: &BinaryName,
    prebuilt: &Prebuilt,
    given: Given,
    cached: &BTreeSet<Digest>,
) -> Option<Download> {
    let files = given.wanted(name);
    let sha256 = given.sha256?;
    Some(Download {
        binary: name.to_string(),
        version: prebuilt.version.as_ref().map(ToString::to_string),
        cell: CellName(given.target),
        url: shown(&given.address),
        is_cached: cached.contains(&sha256),
        sha256,
        address: resolve(&given.address, &project.root),
        files,
    })
}

/// What a cell is taken from; `None` for a program of this workspace, and for a cell that the configuration does not fill.
pub fn taken(project: &Project, cell: &Cell) -> Option<Taken> {
    let (_, prebuilt) = project.config.prebuilt().find(|(name, _)| name.as_str() == cell.binary)?;
    let Supply::Given(given) = prebuilt.supply(cell.target()) else { return None };
    let is_it = |name: &String| given.files.iter().find(|file| file.name == *name);
    let place = match cell.file.as_ref().and_then(is_it) {
        Some(file) if !file.is_member => Place::File(project.root.join(&file.path)),
        _ => Place::Download(given.target),
    };
    Some(Taken { place, is_emulated: given.target != cell.target() })
}

/// The hosts of these platforms that do without a program.
pub fn skipped(project: &Project, platforms: &[Platform]) -> Vec<Skipped> {
    let of = |(name, prebuilt): (&BinaryName, &Prebuilt)| -> Vec<Skipped> {
        let is_here = |cell: &&CellName| platforms.iter().any(|platform| platform.arch() == cell.0.arch);
        let is_for_one = |cell: CellName| {
            let of_same_os = prebuilt.skip.iter().filter(|other| other.0.os == cell.0.os);
            of_same_os.count() == 1
        };
        let skipped = |cell: &CellName| Skipped {
            binary: name.to_string(),
            cell: *cell,
            is_for_one: is_for_one(*cell),
        };
        prebuilt.skip.iter().filter(is_here).map(skipped).collect()
    };
    project.config.prebuilt().flat_map(of).collect()
}
