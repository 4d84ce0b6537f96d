//! Extracts the list of libSystem's names from the Python package `ziglang`, in one exact version.

use std::process::Command;

use anyhow::{Result, anyhow, ensure};
use camino::Utf8Path;

/// A Python program that prints one file from the only wheel in a folder.
const READ: &str = "import sys, glob, zipfile; \
    sys.stdout.buffer.write(zipfile.ZipFile(glob.glob(sys.argv[1] + '/*.whl')[0]).read(sys.argv[2]))";

/// The text of the list. The package is downloaded once, and the list kept in the workspace's target folder.
pub(crate) fn libsystem(workspace: &Utf8Path, version: &str) -> Result<String> {
    let dir = workspace.join("target/stubs");
    let cached = dir.join(format!("libSystem-{version}.tbd"));
    if !cached.exists() {
        let wheel = dir.join(format!("ziglang-{version}"));
        let status = python(&["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"])
            .args(["--dest", wheel.as_str(), &format!("ziglang=={version}")])
            .status()
            .map_err(|error| anyhow!("cannot run python: {error}\nhelp: install Python 3 with pip"))?;
        ensure!(status.success(), "pip cannot download ziglang {version}");
        let list = python(&["-c", READ, wheel.as_str(), "ziglang/lib/libc/darwin/libSystem.tbd"]).output()?;
        ensure!(list.status.success(), "ziglang {version} has no list of libSystem's names");
        fs_err::write(&cached, list.stdout)?;
        fs_err::remove_dir_all(&wheel)?;
    }
    Ok(fs_err::read_to_string(cached)?)
}

fn python(args: &[&str]) -> Command {
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    command.args(args).env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    command
}
