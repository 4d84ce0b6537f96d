//! Which linker and which C compiler each target gets, and why.

use std::collections::BTreeSet;

use anyhow::Result;

use super::{Machine, Plan};
use crate::Project;
use crate::toolchain::author::Settings;
use crate::toolchain::c::{Compiled, Graph};
use crate::toolchain::linker::{Linked, Linker};
use sixfold_model::config::LinkerChoice;
use sixfold_model::matrix::{Cell, Target};

impl Plan {
    /// What zig is needed for, to follow "zig is needed to"; the crate that asks for it where windows does not.
    pub fn zig_purpose(&self) -> String {
        if self.targets.iter().any(|linked| linked.linker == Linker::Zig) {
            return "link windows".to_owned();
        }
        let with_c = self.targets.iter().filter(|linked| linked.has_zig_c());
        let crates: BTreeSet<_> =
            with_c.filter_map(|linked| linked.c.as_ref()).flat_map(|c| &c.crates).collect();
        format!(
            "compile the C code in {}",
            crates.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
        )
    }
}

/// The targets of the cells that are compiled here, each once, with their linkers and C compilers.
pub(super) fn choose(project: &Project, cells: &[Cell], machine: &Machine) -> Result<Vec<Linked>> {
    let is_own = |cell: &&Cell| project.programs.keys().any(|name| name.as_str() == cell.binary);
    let mut targets: Vec<_> = cells.iter().filter(is_own).map(Cell::target).collect();
    targets.sort();
    targets.dedup();
    let graph = Graph::new(&project.workspace);
    let of = |target| {
        let author = &machine.author;
        let native = native(project, author, target)?;
        let crates = graph.c_crates(project.programs.values().map(String::as_str), target);
        // A native linker comes with a toolchain, which is the one to compile C for it.
        let c = author.c_compiler(target).or_else(|| native.clone());
        let linked = Linked::choose(target, native, Compiled::choose(crates, c));
        author.check(&linked)?;
        Ok(linked)
    };
    targets.into_iter().map(of).collect()
}

/// Why the target is linked as cargo would by itself, if it is.
fn native(project: &Project, author: &Settings, target: Target) -> Result<Option<String>> {
    let asked = project.config.targets.get(&target).and_then(|target| target.linker);
    let set = author.linker(target)?;
    Ok(match (asked, set) {
        (_, Some(set)) => Some(format!("{} is set by {}", set.value, set.origin)),
        (Some(LinkerChoice::Native), None) => Some("Cargo.toml asks for cargo's own".to_owned()),
        (None, None) => None,
    })
}

/// Whether zig links the target, or compiles C for it.
pub(super) fn needs_zig(linked: &Linked) -> bool {
    linked.linker == Linker::Zig || linked.has_zig_c()
}
