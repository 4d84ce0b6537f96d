//! A dozen of the crates of docs/compatibility.md, so that a change which breaks their linking is seen at once.

use std::process::Command;

use super::Outcome;
use crate::pipeline::Workshop;
use crate::process;

/// Those that are cheap to build and stand for something: no two need the same of a linker.
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

/// In a process of its own, so that an interrupt stops it as any other step.
pub fn dozen(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    let mut compatibility = Command::new(std::env::current_exe()?);
    compatibility.args(["compatibility", "--strict"]).args(DOZEN);
    process::run(compatibility.current_dir(&workshop.root))?;
    Ok(Outcome::Passed)
}
