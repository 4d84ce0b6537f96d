//! Installs the engine, the registry and the emulators that the end-to-end tests need, on Debian.
//!
//! Invariant: it installs only what is missing, from the archive that the machine already uses, and starts no service. The only
//! setting of the kernel that it changes is that programs for arm64 start with qemu.
//! Debian 12 has no engine that can build for two platforms (it has 20.10, without the containerd image store) and no wine
//! that runs our programs. These come from Debian 13, whose suite is added with a priority that keeps apt from taking
//! anything else from it.

mod apt;
mod binfmt;
mod machine;
mod packages;
mod sources;

use crate::step::{Outcome, Session};

pub(crate) use machine::unsuitable;

/// The suite of Debian 13.
const NEWER_SUITE: &str = "trixie";

/// Installs what is missing. Skipped, with the reason, on a machine that is not Debian or may not be changed.
pub(crate) fn prepare(_session: &mut Session) -> anyhow::Result<Outcome> {
    if let Some(reason) = unsuitable() {
        return Ok(Outcome::Skipped(reason));
    }
    let missing = packages::missing()?;
    if missing.is_empty() {
        eprintln!("nothing is missing");
    } else {
        install(missing)?;
    }
    binfmt::register();
    Ok(Outcome::Passed)
}

fn install(missing: Vec<packages::Package>) -> anyhow::Result<()> {
    apt::update()?;
    let (own, newer) = packages::by_suite(missing)?;
    if !newer.is_empty() {
        sources::add_suite(NEWER_SUITE)?;
        apt::update()?;
    }
    apt::install(Some(NEWER_SUITE), &newer)?;
    apt::install(None, &own)
}
