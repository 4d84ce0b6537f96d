//! The command line: parses the arguments, and runs the command.

use camino::Utf8PathBuf;
use clap::{Parser, Subcommand};

use crate::commands;
use sixfold_base::outcome::Outcome;
use sixfold_base::program::TOOL;

/// Builds a Docker Desktop extension whose host binaries are native on every machine that installs it
#[derive(Debug, Parser)]
#[command(
    name = TOOL.name(),
    bin_name = TOOL.name(),
    version,
    arg_required_else_help = true,
    // The terminal wraps long lines. Clap would need more packages to know its width.
    term_width = 0
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create the project of a new extension
    Init(commands::init::Args),
    /// Configure an extension that exists already, in any language
    Adopt(commands::adopt::Args),
    /// Show the matrix of hosts and the steps of `dist`, without running them
    Plan(commands::plan::Args),
    /// Build everything, verify it, and write an archive, push it or load it
    Dist(commands::dist::Args),
    /// Verify an archive that was made elsewhere, and push it
    Push(commands::push::Args),
    /// Show what each kind of host gets from an image, and what is wrong with it
    Inspect(commands::inspect::Args),
    /// Check metadata.json, labels, Dockerfile and configuration, offline and without building
    Check(commands::check::Args),
    /// Build for this machine, and install the extension into Docker Desktop or Rancher Desktop
    Install(commands::install::Args),
    /// Remove the extension from the desktop, and the images that `install` made
    Uninstall(commands::uninstall::Args),
    /// List or update the prebuilt binaries that the extension ships
    #[command(subcommand)]
    Prebuilt(commands::prebuilt::Command),
    /// Open the extension's UI in a browser, with the real host binaries behind it
    Preview(sixfold_project::preview::Args),
    /// Change to the newest version of Sixfold, and show what is new
    Upgrade(commands::upgrade::Args),
    /// Show which tools were found, which are missing, and how to install each
    Doctor,
    /// Build the UI if its inputs have changed, as dist does; the preview runs this
    #[command(hide = true)]
    Ui(commands::ui::Args),
    /// Run the commands of the configuration that build host binaries; the preview runs this
    #[command(hide = true)]
    Built(commands::built::Args),
    /// Rename keys of the configuration that have a new name, and check; `upgrade` runs this in the new version
    #[command(hide = true)]
    Migrate(commands::upgrade::Migrate),
    /// Compile every binary for every target even if some fail, and print the result of each cell as JSON
    #[command(hide = true)]
    EachCell(commands::each_cell::Args),
}

impl Command {
    /// Runs the command in `folder`. [`Outcome::Problems`] means that it found problems and has shown them.
    pub(crate) fn run(self, folder: Utf8PathBuf) -> anyhow::Result<Outcome> {
        match self {
            Self::Init(args) => args.run(&folder),
            Self::Adopt(args) => args.run(&folder),
            Self::Plan(args) => args.run(&folder),
            Self::Dist(args) => args.run(&folder),
            Self::Push(args) => args.run(&folder),
            Self::Inspect(args) => args.run(),
            Self::Check(args) => args.run(&folder),
            Self::Install(args) => args.run(&folder),
            Self::Uninstall(args) => args.run(&folder),
            Self::Prebuilt(command) => command.run(&folder),
            Self::Preview(args) => commands::preview::run(&args, &folder),
            Self::Ui(args) => args.run(&folder),
            Self::Built(args) => args.run(&folder),
            Self::Doctor => commands::doctor::run(&folder),
            Self::Upgrade(args) => args.run(&folder),
            Self::Migrate(args) => args.run(&folder),
            Self::EachCell(args) => args.run(&folder),
        }
    }
}
