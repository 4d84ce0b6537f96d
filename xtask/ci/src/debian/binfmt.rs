//! Has the kernel start programs for arm64 with qemu, so that containers for arm64 run.
//!
//! A complete system does that when it starts (systemd-binfmt). In a small machine or a privileged container, no program does.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;

use crate::process::run;

const FOLDER: &str = "/proc/sys/fs/binfmt_misc";
/// What Debian's package of qemu registers.
const REGISTRATION: &str = "/usr/lib/binfmt.d/qemu-aarch64.conf";

/// Registers qemu, unless the machine has done so. A kernel that cannot do it is only noted: one test then starts no container for
/// arm64.
pub(super) fn register() {
    if let Err(error) = try_register() {
        eprintln!("containers for arm64 cannot be started: {error:#}");
    }
}

fn try_register() -> Result<()> {
    let folder = Utf8Path::new(FOLDER);
    if folder.join("qemu-aarch64").exists() {
        return Ok(());
    }
    let text = fs::read_to_string(REGISTRATION)?;
    let line = text.lines().find(|line| line.starts_with(':')).context("it has no registration")?;
    if !folder.join("register").exists() {
        run(Command::new("mount").args(["-t", "binfmt_misc", "binfmt_misc", FOLDER]))?;
    }
    fs::write(folder.join("register"), line)?;
    Ok(())
}
