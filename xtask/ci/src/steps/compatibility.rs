//! Builds a dozen of the crates and one of the programs in docs/compatibility.md, so that a change that breaks their linking is
//! noticed at once.

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

/// Also a small one.
const PROGRAM: &str = "hexyl";

/// In separate processes, so that an interrupt stops them like any other step.
pub(crate) fn link_a_dozen(_session: &mut Session) -> anyhow::Result<Outcome> {
    let own = own_program()?;
    let run = |args: &[&str]| process::run(Command::new(&own).args(args).current_dir(workspace::root()));
    run(&[&["compatibility", "--strict"], &DOZEN[..]].concat())?;
    run(&["programs", "--strict", PROGRAM])?;
    Ok(Outcome::Passed)
}
