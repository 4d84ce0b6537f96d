//! Programs that `cargo install` puts into the target directory, for tests of the real ones.

use camino::Utf8PathBuf;

use super::rust::cargo;
use crate::{process, workspace};

/// Installs a package in this version, unless it is there. Returns the path of its program of this name.
pub(crate) fn install(package: &str, version: &str, program: &str) -> anyhow::Result<Utf8PathBuf> {
    let root = folder(program);
    let mut install = cargo()?;
    install.args(["install", "--locked", package, "--version", version, "--root", root.as_str()]);
    // Not in the workspace, whose cargo configuration is not meant for it.
    process::run(install.current_dir(std::env::temp_dir()))?;
    Ok(path(program))
}

/// Where the program is, if it is installed.
pub(crate) fn path(program: &str) -> Utf8PathBuf {
    folder(program).join("bin").join(program)
}

fn folder(program: &str) -> Utf8PathBuf {
    workspace::root().join("target").join(program)
}
