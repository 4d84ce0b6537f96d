//! The cells of the plan: where each program comes from, and what its file may be found to be.

use serde::Serialize;

use super::prebuilt;
use super::prebuilt::Source;
use crate::Project;
use crate::toolchain::linker::{Linked, Linker};
use sixfold_judge::Verdict;
use sixfold_model::matrix::{Arch, Cell, HostOs, ImagePath, Platform, Target};

/// A cell as `plan --format json` shows it.
///
/// `target` is that of the hosts. A prebuilt program has `linker` native: its publisher linked it, by whatever linker.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedCell {
    pub binary: String,
    /// A file beside the program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub os: HostOs,
    pub arch: Arch,
    pub platform: Platform,
    pub target: Target,
    pub linker: Linker,
    pub path: ImagePath,
    pub source: Source,
    /// On purpose.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub emulated: bool,
}

impl PlannedCell {
    /// Whether the verdict about its file is one that this cell is meant to have.
    pub fn allows(&self, verdict: Verdict) -> bool {
        match verdict {
            Verdict::Native => true,
            Verdict::Emulated => self.emulated,
            // A script or a data file is no program, and so nothing but a file beside one.
            Verdict::Script => self.file.is_some(),
            _ => false,
        }
    }

    pub fn cell(&self) -> Cell {
        Cell { binary: self.binary.clone(), file: self.file.clone(), os: self.os, platform: self.platform }
    }
}

/// The cells with what fills each. `targets` are those that are compiled for.
pub(super) fn planned(project: &Project, cells: &[Cell], targets: &[Linked]) -> Vec<PlannedCell> {
    let plan = |cell: &Cell| {
        let (linker, source) = match prebuilt::taken(project, cell) {
            Some(taken) => (Linker::Native, Source::Prebuilt(taken)),
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
    };
    cells.iter().filter_map(plan).collect()
}
