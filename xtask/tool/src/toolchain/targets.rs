//! Adds the Rust targets that are missing.

use anyhow::{Context as _, Result, bail};
use sixfold_base::process;
use sixfold_model::matrix::Target;
use sixfold_project::toolchain::rust::Rust;
use xshell::{Shell, cmd};

/// Fails where the targets are missing and nothing can bring them.
pub(crate) fn can_add(targets: &[Target], offline: bool) -> Result<()> {
    let names = names(targets);
    if targets.is_empty() {
        return Ok(());
    }
    if offline {
        bail!(
            "the Rust targets {names} are missing, and --offline forbids fetching them: drop --offline once, or run \
             `rustup target add {names}` online"
        );
    }
    if which::which("rustup").is_err() {
        bail!(
            "the Rust targets {names} are missing and there is no rustup to add them: install rustup, or these targets' \
             standard libraries by the way that Rust came to this machine"
        );
    }
    Ok(())
}

/// Installs the standard library of the targets, showing rustup's own progress.
pub(crate) fn add_targets(sh: &Shell, targets: &[Target]) -> Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let triples = targets.iter().map(|target| target.triple());
    process::show(cmd!(sh, "rustup target add {triples...}"), "add the missing Rust targets")
        .context("go online and run the command again, or add them as rustup is told here")?;
    let rust = Rust::find(sh)?;
    let missing: Vec<_> = targets.iter().filter(|target| !rust.installed.contains(target)).copied().collect();
    if !missing.is_empty() {
        bail!(
            "rustup has added the Rust targets, and the compiler that runs here, of {}, still lacks {}: put rustup's \
             programs (mostly ~/.cargo/bin) first on the PATH, or remove the other Rust",
            rust.sysroot,
            names(&missing)
        );
    }
    Ok(())
}

/// As a command lists them.
pub(crate) fn names(targets: &[Target]) -> String {
    targets.iter().map(|target| target.triple()).collect::<Vec<_>>().join(" ")
}
