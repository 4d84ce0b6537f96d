//! Builds a dozen of the crates in docs/compatibility.md, so that a change that breaks their linking is noticed at once.

use std::process::Command;

use sixfold_base::process::watchdog::own_program;

use crate::step::{Outcome, Session};
use crate::{process, workspace};

/// Cheap to build, and each asks something else of a linker.
const DOZEN: [&str; 12] = [
    "blake3",
    "chrono",
    "cxx",
    "flate2",
    "keyring",
    "lz4",
    "mimalloc",
    "rusqlite",
    "rustls-ring",
    "serialport",
    "sysinfo",
    "zstd",
];

/// In a separate process, so that an interrupt stops it like any other step.
pub(crate) fn link_a_dozen(_session: &mut Session) -> anyhow::Result<Outcome> {
    let mut compatibility = Command::new(own_program()?);
    compatibility.args(["compatibility", "--strict"]).args(DOZEN);
    process::run(compatibility.current_dir(workspace::root()))?;
    Ok(Outcome::Passed)
}
