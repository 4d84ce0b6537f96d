//! Chooses a linker and a C compiler for each target.

use anyhow::{Result, bail};

use sixfold_model::config::LinkerChoice;
use sixfold_model::matrix::{Cell, HostOs, Target};

use crate::machine::Machine;
use crate::project::Project;
use crate::toolchain::c_code::{CCode, Graph};
use crate::toolchain::cargo_settings::CargoSettings;
use crate::toolchain::linker_choice::{Linked, Linker};

/// The targets of the cells that are built from source, each once. Fails for a setting that would break a target.
pub(super) fn choose(project: &Project, cells: &[Cell], machine: &Machine) -> Result<Vec<Linked>> {
    let from_source = |cell: &&Cell| project.packages.keys().any(|name| name.as_str() == cell.binary);
    let mut targets: Vec<_> = cells.iter().filter(from_source).map(Cell::target).collect();
    targets.sort();
    targets.dedup();
    let graph = Graph::new(&project.workspace);
    let choose = |target| {
        let settings = &machine.settings;
        let chosen = chosen(project, settings, target)?;
        let crates = graph.c_crates(project.packages.values().map(String::as_str), target);
        // A native linker is part of a toolchain, whose compiler is the one for the C code.
        let native = chosen.iter().find(|(linker, _)| *linker == Linker::Native).map(|(_, why)| why.clone());
        let c = settings.c_compiler(target).or(native);
        let mut linked = Linked::choose(target, chosen, CCode::choose(crates, c));
        linked.resources = graph.resource_crates(project.packages.values().map(String::as_str), target);
        linked.has_fixed_address = settings.asks_for_fixed_address(target)?;
        settings.check(&linked)?;
        Ok(linked)
    };
    targets.into_iter().map(choose).collect()
}

/// The linker that the author has chosen for the target, and why it is that one.
fn chosen(project: &Project, settings: &CargoSettings, target: Target) -> Result<Option<(Linker, String)>> {
    let configured = project.config.targets.get(&target).and_then(|target| target.linker);
    let set = settings.linker(target)?;
    Ok(match (configured, set) {
        (_, Some(set)) => Some((Linker::Native, format!("{} is set by {}", set.value, set.origin))),
        (Some(LinkerChoice::Native), None) => {
            Some((Linker::Native, "Cargo.toml asks for cargo's own".to_owned()))
        }
        (Some(LinkerChoice::Zig), None) if target.os == HostOs::Darwin => bail!(
            "[workspace.metadata.extension.targets.{target}] linker: zig cannot link for macOS without an SDK\n\
             help: remove it, and rust-lld links with stubs instead of an SDK"
        ),
        (Some(LinkerChoice::Zig), None) => Some((Linker::Zig, "Cargo.toml asks for it".to_owned())),
        (Some(LinkerChoice::RustLld), None) => Some((Linker::RustLld, "Cargo.toml asks for it".to_owned())),
        (None, None) => None,
    })
}
