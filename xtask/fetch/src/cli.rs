//! The command line. Users run the tool, which runs this program.

use clap::{Parser, Subcommand};

use crate::commands::get::Get;
use crate::commands::published::Published;
use crate::commands::signatures::Signatures;
use crate::commands::tag::Tag;
use crate::commands::update::Update;

/// Downloads, verifies and unpacks prebuilt binaries for Sixfold, and asks registries for tags
#[derive(Parser)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Read a request from standard input as one JSON object, and answer with one JSON object per line
    Get(Get),
    /// Download prebuilt binaries, and write their digests to Cargo.toml
    Update(Update),
    /// Ask a registry whether a tag exists
    Tag(Tag),
    /// Read a question about a published image from standard input as one JSON object, and answer with one
    Published(Published),
    /// Ask a registry for the signatures of an image
    Signatures(Signatures),
}

impl Command {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(command) => command.run(),
            Self::Update(command) => command.run(),
            Self::Tag(command) => command.run(),
            Self::Published(command) => command.run(),
            Self::Signatures(command) => command.run(),
        }
    }
}
