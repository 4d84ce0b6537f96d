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
/// Returns the folder of its Python packages.
pub(crate) fn spdx_tools() -> anyhow::Result<Utf8PathBuf> {
    let (folder, partial) = (folder("spdx-tools"), folder("spdx-tools.partial"));
    if !folder.exists() {
        let mut pip = Command::new("python3");
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--upgrade"]);
        pip.args(["--target", partial.as_str(), &format!("spdx-tools{SPDX_TOOLS}")]);
        process::run(&mut pip)?;
        fs_err::rename(partial, &folder)?;
    }
    Ok(folder)
}

/// Where the program is, if it is installed.
pub(crate) fn path(program: &str) -> Utf8PathBuf {
    folder(program).join("bin").join(program)
}

fn folder(program: &str) -> Utf8PathBuf {
    workspace::root().join("target").join(program)
}
