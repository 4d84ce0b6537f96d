//! Chooses a linker and a C compiler for each target.

use anyhow::{Result, bail};

use sixfold_model::config::LinkerChoice;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::{Cell, HostOs, Target};

use crate::machine::Machine;
use crate::project::Project;
use crate::toolchain::c_code::{CCode, Graph};
use crate::toolchain::cargo_settings::CargoSettings;
use crate::toolchain::linker_choice::{Linked, Linker};

/// The targets of the cells that are built from source, each once. Fails for a setting that would break a target.
pub(super) fn choose(project: &Project, cells: &[Cell], machine: &Machine) -> Result<Vec<Linked>> {
    let package = |cell: &Cell| {
        let mut packages = project.packages.iter();
        packages.find(|(name, _)| name.as_str() == cell.binary).map(|(_, package)| package.as_str())
    };
    let from_source: Vec<_> = cells.iter().filter_map(|cell| Some((cell.target(), package(cell)?))).collect();
    let mut targets: Vec<_> = from_source.iter().map(|(target, _)| *target).collect();
    targets.sort();
    targets.dedup();
    let graph = Graph::new(&project.workspace);
    let choose = |target| {
        let settings = &machine.settings;
        let chosen = chosen(project, settings, target)?;
        let packages = from_source.iter().filter(|(other, _)| *other == target).map(|(_, package)| *package);
        let crates = graph.c_crates(packages, target);
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
            Some((Linker::Native, format!("{CONFIG} asks for cargo's own")))
        }
        (Some(LinkerChoice::Zig), None) if target.os == HostOs::Darwin => bail!(
            "[workspace.metadata.extension.targets.{target}] linker: zig cannot link for macOS without an SDK\n\
             help: remove it, and rust-lld links with stubs instead of an SDK"
        ),
        (Some(LinkerChoice::Zig), None) => Some((Linker::Zig, format!("{CONFIG} asks for it"))),
        (Some(LinkerChoice::RustLld), None) => Some((Linker::RustLld, format!("{CONFIG} asks for it"))),
        (None, None) => None,
    })
}
