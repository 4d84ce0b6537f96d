//! Runs apt-get so that it asks no questions and starts no services.

use std::process::Command;

use camino::Utf8Path;

use super::packages::Package;
use crate::process;

/// invoke-rc.d runs this program before it starts a service. Exit code 101 forbids it (Debian's policy-rc.d specification).
const POLICY: &str = "/usr/sbin/policy-rc.d";

pub(crate) fn update() -> anyhow::Result<()> {
    process::run(apt_get()?.arg("update"))
}

/// Installs the packages from the given suite, or else from the release that the machine prefers.
pub(crate) fn install(suite: Option<&str>, packages: &[Package]) -> anyhow::Result<()> {
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
    let mut command =
        process::command("apt-get", "this step needs Debian, where apt-get is always installed")?;
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command.args(["--option", "DPkg::Lock::Timeout=300", "--option", "Acquire::Retries=3"]);
    command.args(["--option", "Dpkg::Use-Pty=0", "--quiet"]);
    Ok(command)
}

/// While this value exists, installing a package starts no service. A policy that the machine already has is kept.
struct NoServices {
    created: bool,
}

impl NoServices {
    fn new() -> anyhow::Result<NoServices> {
        let created = !Utf8Path::new(POLICY).exists();
        if created {
            let mut options = fs_err::OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
            std::io::Write::write_all(&mut options.open(POLICY)?, b"#!/bin/sh\nexit 101\n")?;
        }
        Ok(NoServices { created })
    }
}

impl Drop for NoServices {
    fn drop(&mut self) {
        if self.created {
            let _ = fs_err::remove_file(POLICY);
        }
    }
}
