//! The command line. People use `cargo xtask`, which calls this.

use clap::{Parser, Subcommand};

use crate::commands::get::Get;
use crate::commands::update::Update;

/// Downloads, verifies and unpacks prebuilt programs, for `cargo xtask`
#[derive(Parser)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Serve the request on standard input: one JSON object, answered by one JSON object a line
    Get(Get),
    /// Fetch prebuilt programs anew, and write their digests into Cargo.toml
    Update(Update),
}

impl Command {
    pub fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(command) => command.run(),
            Self::Update(command) => command.run(),
        }
    }
}
