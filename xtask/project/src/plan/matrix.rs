//! The matrix: which file each host gets, where it comes from, and what its content has to be.

use serde::Serialize;

use sixfold_judge::Verdict;
use sixfold_model::matrix::{Arch, Cell, HostOs, ImagePath, Platform, Target};

use crate::prebuilt::{self, Skipped, Source};
use crate::project::Project;
use crate::toolchain::linker_choice::{Linked, Linker};

/// All cells, and the hosts that deliberately get none.
#[derive(Debug)]
pub struct Matrix {
    pub cells: Vec<PlannedCell>,
    pub skipped: Vec<Skipped>,
}

/// A cell as `plan --format json` shows it.
///
/// `target` is that of the hosts. A prebuilt binary has `linker` native, because its publisher linked it.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedCell {
    pub binary: String,
    /// The name of a file that is shipped beside the binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub os: HostOs,
    pub arch: Arch,
    pub platform: Platform,
    pub target: Target,
    pub linker: Linker,
    pub path: ImagePath,
    pub source: Source,
    /// True where the configuration asks for an emulated binary.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub emulated: bool,
}

impl PlannedCell {
    /// True if a file with this verdict may be in the cell.
    pub fn allows(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Native => true,
            Verdict::Emulated => self.emulated,
            // Scripts and data are allowed only beside a binary, not in its place.
            Verdict::Script => self.file.is_some(),
            _ => false,
        }
    }

    pub fn cell(&self) -> Cell {
        Cell { binary: self.binary.clone(), file: self.file.clone(), os: self.os, platform: self.platform }
    }
}

impl Matrix {
    /// `targets` are those that are compiled for.
    pub(super) fn new(project: &Project, platforms: &[Platform], cells: &[Cell], targets: &[Linked]) -> Self {
        Self {
            cells: cells.iter().filter_map(|cell| plan(project, cell, targets)).collect(),
            skipped: prebuilt::skipped(project, platforms),
        }
    }
}

fn plan(project: &Project, cell: &Cell, targets: &[Linked]) -> Option<PlannedCell> {
    let (linker, source) = match prebuilt::source(project, cell) {
        Some(prebuilt) => (Linker::Native, Source::Prebuilt(prebuilt)),
        None => {
            let linked = targets.iter().find(|linked| linked.target == cell.target())?;
            (linked.linker, Source::Cargo)
        }
    };
    Some(PlannedCell {
        binary: cell.binary.clone(),
        file: cell.file.clone(),
        os: cell.os,
        arch: cell.platform.arch(),
        platform: cell.platform,
        target: cell.target(),
        linker,
        path: cell.path(),
        emulated: source.is_emulated(),
        source,
    })
}
