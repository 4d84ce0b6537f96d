//! The crates that each program has to name in itself.

use anyhow::{Result, bail};

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{RunsOn, Target};

use super::matrix::PlannedCell;
use crate::crates::{Crate, Root};
use crate::machine::Machine;
use crate::project::Project;

/// Programs are built through cargo-auditable, and verified to name the crates of these packages.
#[derive(Clone, Debug)]
pub struct Auditable {
    roots: Vec<Root>,
    lookup: Lookup,
}

impl Auditable {
    /// `None` if the configuration does not ask for it. Fails if the author has a wrapper around rustc of the kind that
    /// cargo-auditable is, because cargo runs only one.
    pub(super) fn new(
        project: &Project,
        cells: &[PlannedCell],
        machine: &Machine,
        lookup: Lookup,
    ) -> Result<Option<Self>> {
        if !project.config.auditable {
            return Ok(None);
        }
        if let Some(setting) = machine.settings.rustc_workspace_wrapper() {
            bail!(
                "cargo cannot run rustc through both cargo-auditable, for `auditable`, and `{}`, set by {}\n\
                 help: remove one of them",
                setting.value,
                setting.origin
            );
        }
        Ok(Some(Self { roots: roots(project, cells), lookup: lookup.or_locked() }))
    }

    /// The package of a program, and the position at which it is listed. `None` if cargo does not build it.
    pub fn root_of(&self, binary: &str) -> Option<(usize, &Root)> {
        self.roots.iter().enumerate().find(|(_, root)| root.bins.contains(binary))
    }

    /// What every program of this package has to name. Fails with cargo's message.
    pub fn crates(&self, root: &Root, target: Target) -> Result<Vec<Crate>> {
        root.crates(target, self.lookup)
    }
}

/// The packages that cargo builds the programs of these cells from.
pub(super) fn roots(project: &Project, cells: &[PlannedCell]) -> Vec<Root> {
    let roots = |is_backend| {
        project.roots(|bin| {
            let is_it = |cell: &PlannedCell| cell.source.is_cargo() && cell.binary == bin.as_str();
            cells.iter().any(|cell| is_it(cell) && (cell.os == RunsOn::Vm) == is_backend)
        })
    };
    // Two calls of cargo, each with its own features.
    roots(false).into_iter().chain(roots(true)).collect()
}
