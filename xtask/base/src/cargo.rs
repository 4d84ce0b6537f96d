//! Calls of cargo.

use std::process::Command;

use anyhow::Result;
use camino::Utf8PathBuf;

/// The cargo that runs this program, or else the one on the `PATH`.
pub fn command() -> Command {
    Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
}

/// Where cargo keeps the sources of packages, and installs programs. Fails if the path is not UTF-8.
pub fn home() -> Result<Option<Utf8PathBuf>> {
    match std::env::var("CARGO_HOME") {
        Ok(home) if !home.is_empty() => Ok(Some(Utf8PathBuf::from(home))),
        _ => dirs::home_dir().map(|home| Ok(Utf8PathBuf::try_from(home)?.join(".cargo"))).transpose(),
    }
}
