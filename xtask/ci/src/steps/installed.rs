//! Programs that `cargo install` and pip put into the target directory, for tests of the real ones.

use std::process::Command;

use camino::Utf8PathBuf;

use super::rust::cargo;
use crate::{process, workspace};

const SPDX_TOOLS: &str = "==0.8.3";

/// Installs a package in this version, unless it is there. Returns the path of its program of this name.
pub(crate) fn install(package: &str, version: &str, program: &str) -> anyhow::Result<Utf8PathBuf> {
    let root = folder(program);
    let mut install = cargo()?;
    install.args(["install", "--locked", package, "--version", version, "--root", root.as_str()]);
    // Not in the workspace, whose cargo configuration is not meant for it.
    process::run(install.current_dir(std::env::temp_dir()))?;
    Ok(path(program))
}

/// Installs the validator of SPDX documents by the SPDX project (<https://github.com/spdx/tools-python>), unless it is there.
/// Returns the path of the program.
pub(crate) fn spdx_tools() -> anyhow::Result<Utf8PathBuf> {
    let folder = folder("spdx-tools");
    let program = folder.join("bin/pyspdxtools");
    if !program.exists() {
        process::run(Command::new("python3").args(["-m", "venv", folder.as_str()]))?;
        let mut pip = Command::new(folder.join("bin/pip"));
        pip.args(["install", "--quiet", "--disable-pip-version-check", &format!("spdx-tools{SPDX_TOOLS}")]);
        process::run(&mut pip)?;
    }
    Ok(program)
}

/// Where the program is, if it is installed.
pub(crate) fn path(program: &str) -> Utf8PathBuf {
    folder(program).join("bin").join(program)
}

fn folder(program: &str) -> Utf8PathBuf {
    workspace::root().join("target").join(program)
}
