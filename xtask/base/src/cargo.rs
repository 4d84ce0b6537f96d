//! Calls of cargo.

use std::process::Command;

/// The cargo that runs this program, or else the one on the `PATH`.
pub fn command() -> Command {
    Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}
