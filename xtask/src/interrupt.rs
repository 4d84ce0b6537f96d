//! Ctrl-C and its relatives: end the children, say so, leave. Whatever is half-written has a temporary name, and the
//! next run removes it.

use anyhow::{Context as _, Result};

use crate::{process, terminal};

/// What a shell reports for a program that was interrupted.
const INTERRUPTED: i32 = 130;

/// From now on, an interrupt (or SIGTERM, or a closed console) ends the program in an orderly way.
pub fn install() -> Result<()> {
    ctrlc::set_handler(|| {
        terminal::last_line(
            "interrupted: nothing half-written is left under a final name; run the same command again",
        );
        process::end_all();
        std::process::exit(INTERRUPTED);
    })
    .context("cannot listen for Ctrl-C")
}
