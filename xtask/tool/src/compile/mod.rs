//! Compiles all host binaries for all targets, in one call of cargo, and then the backend.
//!
//! One call builds the crates for this machine once, and shares one job server. The paths of the binaries come from
//! cargo's own messages, so `CARGO_TARGET_DIR` and `build.target-dir` need no special care.

mod cargo_call;
mod cargo_output;
mod cargo_progress;
mod executables;
mod failed_targets;
mod failure;
mod linked_libraries;
mod system_libraries;

use std::time::Instant;

use anyhow::{Result, bail};

use sixfold_base::lookup::Lookup;
use sixfold_base::terminal;
use sixfold_project::plan::{Compile, Toolchain};
use sixfold_project::toolchain::linker_choice::Linked;
use sixfold_project::toolchain::zig::Zig;

use crate::toolchain::zig_environment::ZigEnvironment;
use crate::toolchain::zig_warm_up::{self, WarmUp};

pub(crate) use cargo_output::{CargoOutput, CompileError};
pub(crate) use executables::Executables;
use failed_targets::FailedTargets;
use system_libraries::SystemLibraries;

/// Compiles with one call of cargo after the other.
pub(crate) fn run_all(
    toolchain: &Toolchain,
    calls: &[&Compile],
    zig: Option<&Zig>,
    lookup: Lookup,
) -> Result<Executables> {
    let mut all = Executables::default();
    for compile in calls {
        all.extend(run(toolchain, compile, zig, lookup)?);
    }
    Ok(all)
}

/// Compiles. `zig` must be present if the toolchain needs it.
///
/// Fails with the targets that could not be compiled, and with what a failed link lacks. Cargo has shown the rest by then.
fn run(toolchain: &Toolchain, compile: &Compile, zig: Option<&Zig>, lookup: Lookup) -> Result<Executables> {
    let start = Instant::now();
    let output = attempt(toolchain, compile, zig, lookup)?;
    if !output.success {
        return Err(failure::explain(compile, &output));
    }
    for (binary, target) in &compile.binaries {
        if output.executables.get(binary, *target).is_none() {
            bail!("cargo did not report a binary {binary} for {target}");
        }
    }
    terminal::step("Compiled", format_args!("in {}", terminal::elapsed(start)));
    Ok(output.executables)
}

/// Compiles. A failure of cargo is part of the result.
pub(crate) fn attempt(
    toolchain: &Toolchain,
    compile: &Compile,
    zig: Option<&Zig>,
    lookup: Lookup,
) -> Result<CargoOutput> {
    let targets = compile.targets();
    terminal::step("Compiling", format_args!("{} for {} targets", compile.what(), targets.len()));
    let needs_zig = |linked: &Linked| targets.contains(&linked.target) && linked.needs_zig();
    let zig = zig.filter(|_| toolchain.targets.iter().any(needs_zig));
    let zig = zig.map(|zig| ZigEnvironment::prepare(toolchain, zig, lookup)).transpose()?;
    let libraries = SystemLibraries::prepare(toolchain, &targets)?;
    let failed = FailedTargets::watch()?;
    let cargo = cargo_call::command(toolchain, compile, &libraries, zig.as_ref(), failed.reports())?;
    let warm_up = zig.as_ref().map(|zig| zig_warm_up::start(toolchain, zig)).transpose()?;
    let mut output = cargo_output::run(cargo, &compile.binaries)?;
    output.failed_scripts = failed.scripts(&compile.target_dir);
    output.failed = failed.of(targets, &output.failed_scripts);
    if output.success {
        warm_up.into_iter().for_each(WarmUp::finish);
    }
    Ok(output)
}
