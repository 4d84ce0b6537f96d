//! Installs missing Rust targets.

use anyhow::{Context as _, Result, bail};
use sixfold_base::process;
use sixfold_model::matrix::Target;
use sixfold_project::toolchain::rust::Rust;
use xshell::{Shell, cmd};

/// Fails if targets are missing and cannot be installed.
pub(crate) fn can_add(targets: &[Target], offline: bool) -> Result<()> {
    let names = names(targets);
    if targets.is_empty() {
        return Ok(());
    }
    if offline {
        bail!(
            "the Rust targets {names} are not installed, and --offline forbids downloading them\n\
             help: run once without --offline, or run `rustup target add {names}` while online"
        );
    }
    if which::which("rustup").is_err() {
        bail!(
            "the Rust targets {names} are not installed, and rustup was not found\n\
             help: install rustup, or install the standard libraries of these targets the way Rust was installed"
        );
    }
    Ok(())
}

/// Installs the standard library of each target, and shows rustup's progress.
pub(crate) fn add_targets(sh: &Shell, targets: &[Target]) -> Result<()> {
    if targets.is_empty() {
        return Ok(());
    }
    let triples = targets.iter().map(|target| target.triple());
    process::show(cmd!(sh, "rustup target add {triples...}"), "install the missing Rust targets").context(
        "the missing Rust targets were not installed\n\
         help: check the network and run the command again, or run the rustup command shown above yourself",
    )?;
    let rust = Rust::find(sh)?;
    let missing: Vec<_> = targets.iter().filter(|target| !rust.installed.contains(target)).copied().collect();
    if !missing.is_empty() {
        bail!(
            "rustup installed the Rust targets, but the compiler on the PATH (in {}) still lacks {}\n\
             help: put rustup's programs (usually in ~/.cargo/bin) first on the PATH, or uninstall the other Rust",
            rust.sysroot,
            names(&missing)
        );
    }
    Ok(())
}

/// The triples, separated by spaces.
pub(crate) fn names(targets: &[Target]) -> String {
    targets.iter().map(|target| target.triple()).collect::<Vec<_>>().join(" ")
}
