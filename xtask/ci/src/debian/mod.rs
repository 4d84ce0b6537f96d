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

/// The suite of Debian 13.
const NEWER_SUITE: &str = "trixie";

/// Installs what is missing; leaves out, with the reason, a machine that is not Debian, or not ours to change.
pub fn prepare(_workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    if let Some(reason) = unsuitable() {
        return Ok(Outcome::LeftOut(reason));
    }
    let missing = packages::missing()?;
    if missing.is_empty() {
        eprintln!("nothing is missing");
        return Ok(Outcome::Passed);
    }
    apt::update()?;
    let (own, newer) = packages::by_suite(missing)?;
    if !newer.is_empty() {
        sources::add_suite(NEWER_SUITE)?;
        apt::update()?;
    }
    apt::install(Some(NEWER_SUITE), &newer)?;
    apt::install(None, &own)?;
    Ok(Outcome::Passed)
}
