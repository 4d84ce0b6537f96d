//! Gives a Debian machine the engine, the registry and the emulators that the end-to-end tests need.
//!
//! Invariant: installs only what is missing, from the archive that the machine itself uses, and starts no service.
//! Debian 12 has no engine that can build two platforms (20.10, without the containerd image store) and no wine that
//! runs our programs, so these come from Debian 13, whose suite is added with a priority that keeps it from offering
//! anything else.

mod apt;
mod machine;
mod packages;
mod sources;

use crate::pipeline::Workshop;
use crate::steps::Outcome;

pub use machine::unsuitable;

/// Installs what is missing; leaves out, with the reason, a machine that is not Debian, or not ours to change.
pub fn prepare(_workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    if let Some(reason) = unsuitable() {
        return Ok(Outcome::LeftOut(reason));
    }
    let release = machine::Release::of_this_machine()?;
    let missing = packages::missing(&release)?;
    if missing.is_empty() {
        eprintln!("nothing is missing");
        return Ok(Outcome::Passed);
    }
    let (newer, own): (Vec<_>, Vec<_>) =
        missing.into_iter().partition(|package| package.newer && release.needs_newer_suite());
    if !newer.is_empty() {
        sources::add_suite(&release, machine::NEWER_SUITE)?;
    }
    apt::update()?;
    apt::install(Some(machine::NEWER_SUITE), &newer)?;
    apt::install(None, &own)?;
    Ok(Outcome::Passed)
}
