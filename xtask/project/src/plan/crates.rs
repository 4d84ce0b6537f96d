//! The crates of each program, which it may have to name in itself, and which the SBOM lists.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, bail};

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{RunsOn, Target};

use super::matrix::PlannedCell;
use crate::crates::{Crate, Root};
use crate::machine::Machine;
use crate::project::Project;

/// What cargo builds the programs from. Cargo is asked when it is needed, once for each package and target.
#[derive(Debug)]
pub struct Crates {
    roots: Vec<Root>,
    lookup: Lookup,
    /// By the position of the package.
    known: Mutex<BTreeMap<(usize, Target), Vec<Crate>>>,
}

impl Crates {
    /// Fails if programs have to name their crates, and the author has a wrapper around rustc of the kind that cargo-auditable is,
    /// because cargo runs only one.
    pub(super) fn new(
        project: &Project,
        cells: &[PlannedCell],
        machine: &Machine,
        lookup: Lookup,
    ) -> Result<Self> {
        let wrapper = machine.settings.rustc_workspace_wrapper();
        if let Some(setting) = wrapper.filter(|_| project.config.auditable) {
            bail!(
                "cargo cannot run rustc through both cargo-auditable, for `auditable`, and `{}`, set by {}\n\
                 help: remove one of them",
                setting.value,
                setting.origin
            );
        }
        let roots = |is_backend| {
            project.roots(|bin| {
                let is_it = |cell: &PlannedCell| cell.source.is_cargo() && cell.binary == bin.as_str();
                cells.iter().any(|cell| is_it(cell) && (cell.os == RunsOn::Vm) == is_backend)
            })
        };
        // Two calls of cargo, each with its own features.
        let roots = roots(false).into_iter().chain(roots(true)).collect();
        Ok(Self { roots, lookup: lookup.or_locked(), known: Mutex::default() })
    }

    /// Those of a program, or none if cargo does not build it. Fails with cargo's message.
    pub fn of(&self, binary: &str, target: Target) -> Result<Vec<Crate>> {
        let mut roots = self.roots.iter().enumerate();
        let Some((position, root)) = roots.find(|(_, root)| root.bins.contains(binary)) else {
            return Ok(vec![]);
        };
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(match known.entry((position, target)) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(unknown) => unknown.insert(root.crates(target, self.lookup)?).clone(),
        })
    }
}
