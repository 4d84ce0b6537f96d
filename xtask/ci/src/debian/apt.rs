//! apt-get, asked in a way that never waits for an answer and starts no service.

use std::process::Command;

use camino::Utf8Path;

use super::packages::Package;
use crate::process;

/// What invoke-rc.d asks before it starts a service; 101 forbids (Debian's policy-rc.d specification).
const POLICY: &str = "/usr/sbin/policy-rc.d";

pub fn update() -> anyhow::Result<()> {
    process::run(apt_get()?.arg("update"))
}

/// Installs the packages, of the given suite or else of the release that the machine prefers.
pub fn install(suite: Option<&str>, packages: &[Package]) -> anyhow::Result<()> {
    if packages.is_empty() {
        return Ok(());
    }
    let _policy = NoServices::new()?;
    let mut command = apt_get()?;
    command.args([
        "install",
        "--yes",
        "--no-install-recommends",
        "--option",
        "Dpkg::Options::=--force-confold",
    ]);
    command.args(suite.iter().flat_map(|suite| ["--target-release", suite]));
    process::run(command.args(packages.iter().map(|package| package.name)))
}

fn apt_get() -> anyhow::Result<Command> {
    let mut command = process::command("apt-get", "it is part of Debian")?;
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["--option", "DPkg::Lock::Timeout=300", "--option", "Acquire::Retries=3"]);
    command.args(["--option", "Dpkg::Use-Pty=0", "--quiet"]);
    Ok(command)
}

/// While this lives, installing a package starts no service. A policy that the machine has is left alone.
struct NoServices {
    ours: bool,
}

impl NoServices {
    fn new() -> anyhow::Result<NoServices> {
        let ours = !Utf8Path::new(POLICY).exists();
        if ours {
            let mut options = fs_err::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
            std::io::Write::write_all(&mut options.open(POLICY)?, b"#!/bin/sh\nexit 101\n")?;
        }
        Ok(NoServices { ours })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.ours {
            let _ = fs_err::remove_file(POLICY);
        }
    }
}
