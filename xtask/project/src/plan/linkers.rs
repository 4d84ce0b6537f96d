//! Chooses a linker and a C compiler for each target.

use anyhow::Result;

use sixfold_model::config::LinkerChoice;
use sixfold_model::matrix::{Cell, Target};

use crate::machine::Machine;
use crate::project::Project;
use crate::toolchain::c_code::{CCode, Graph};
use crate::toolchain::cargo_settings::CargoSettings;
use crate::toolchain::linker_choice::Linked;

/// The targets of the cells that are built from source, each once. Fails for a setting that would break a target.
pub(super) fn choose(project: &Project, cells: &[Cell], machine: &Machine) -> Result<Vec<Linked>> {
    let from_source = |cell: &&Cell| project.packages.keys().any(|name| name.as_str() == cell.binary);
    let mut targets: Vec<_> = cells.iter().filter(from_source).map(Cell::target).collect();
    targets.sort();
    targets.dedup();
    let graph = Graph::new(&project.workspace);
    let choose = |target| {
        let settings = &machine.settings;
        let native = native(project, settings, target)?;
        let crates = graph.c_crates(project.packages.values().map(String::as_str), target);
        // A native linker is part of a toolchain, whose compiler is the one for the C code.
        let c = settings.c_compiler(target).or_else(|| native.clone());
        let linked = Linked::choose(target, native, CCode::choose(crates, c));
        settings.check(&linked)?;
        Ok(linked)
    };
    targets.into_iter().map(choose).collect()
}

/// Why the target is linked as cargo would do it by itself, if it is.
fn native(project: &Project, settings: &CargoSettings, target: Target) -> Result<Option<String>> {
    let configured = project.config.targets.get(&target).and_then(|target| target.linker);
    let set = settings.linker(target)?;
    Ok(match (configured, set) {
        (_, Some(set)) => Some(format!("{} is set by {}", set.value, set.origin)),
        (Some(LinkerChoice::Native), None) => Some("Cargo.toml asks for cargo's own".to_owned()),
        (None, None) => None,
    })
}
