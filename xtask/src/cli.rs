//! The command line: names and flags, and which command runs.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::commands;
use crate::matrix::Platform;
use crate::project::reference::{Repository, Tag};
use crate::project::{Lookup, Project};

/// Builds a Docker Desktop extension whose host binaries are native on every machine that installs it
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the matrix and every step that dist would take; nothing is run
    Plan(commands::plan::Args),
    /// Build everything, verify it, and write an archive, push it or load it
    Dist(commands::dist::Args),
    /// Show what every kind of host gets from an image, and what is wrong with it
    Inspect(commands::inspect::Args),
    /// Lint the sources: metadata.json, labels, Dockerfile, configuration; offline, nothing built
    Check(commands::check::Args),
    /// Show which tools are there, which are missing, and what mends each
    Doctor,
    /// What the wrappers around zig call; not for people
    #[command(subcommand, hide = true)]
    Zig(cargo_zigbuild::Zig),
    /// Compile every program for every target whatever fails, and print what became of each cell as JSON
    #[command(hide = true)]
    EachCell(commands::each_cell::Args),
    /// Write the wrappers around zig for these targets, and print them as JSON
    #[command(hide = true)]
    ZigWrappers {
        targets: Vec<String>,
        /// Those of them that C is compiled for
        #[arg(long)]
        c: Vec<String>,
    },
}

/// What `plan` and `dist` have in common: all that the plan depends on.
#[derive(Args, Clone, Debug)]
pub struct BuildFlags {
    /// Push the image to its registry, then read it back
    #[arg(long, conflicts_with = "load")]
    pub push: bool,
    /// Load the image into the local engine
    #[arg(long)]
    pub load: bool,
    /// A tag; may be repeated. Default: the version
    #[arg(long = "tag", value_name = "T")]
    pub tags: Vec<Tag>,
    /// The repository, instead of the configured one
    #[arg(long, value_name = "REPO")]
    pub image: Option<Repository>,
    /// linux/amd64 or linux/arm64; may be repeated. Default: as configured, or both
    #[arg(long = "platform", value_name = "P")]
    platforms: Vec<Platform>,
    /// What writes the archive; a push or load always goes through buildx
    #[arg(long, value_enum, default_value_t)]
    pub engine: EngineChoice,
    /// The builder that buildx uses, instead of one chosen
    #[arg(long, value_name = "NAME")]
    pub builder: Option<String>,
    /// The cargo profile of the host binaries
    #[arg(long, value_name = "P", default_value = "release")]
    pub profile: String,
    /// Fail if Cargo.lock would change
    #[arg(long)]
    pub locked: bool,
    /// Use nothing from the network but the registry that is pushed to
    #[arg(long)]
    pub offline: bool,
    /// Allow a tag that exists already to be replaced
    #[arg(long)]
    pub overwrite: bool,
    /// Attach provenance: handed to buildx as it is. Default: none, which Docker's validator needs
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub provenance: Option<String>,
    /// Attach a list of contents: handed to buildx as it is
    #[arg(long, value_name = "VALUE", num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub sbom: Option<String>,
}

/// `auto` is builtin for an archive, and buildx for whatever leaves the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EngineChoice {
    #[default]
    Auto,
    Builtin,
    Buildx,
}

impl BuildFlags {
    pub fn lookup(&self) -> Lookup {
        Lookup { locked: self.locked, offline: self.offline }
    }

    /// Those asked for, or those configured, each once.
    pub fn platforms(&self, project: &Project) -> Vec<Platform> {
        let mut platforms = self.platforms.clone();
        platforms.sort();
        platforms.dedup();
        if platforms.is_empty() { project.config.platforms.as_slice().to_vec() } else { platforms }
    }
}

impl Command {
    /// Runs the command. `Ok(false)` says that it has found problems and has shown them.
    pub fn run(self, folder: Utf8PathBuf) -> anyhow::Result<bool> {
        match self {
            Self::Plan(args) => args.run(&folder),
            Self::Dist(args) => args.run(&folder),
            Self::Inspect(args) => args.run(),
            Self::Check(args) => args.run(&folder),
            Self::Doctor => commands::doctor::run(&folder),
            Self::Zig(zig) => commands::zig::run(&zig),
            Self::EachCell(args) => args.run(&folder),
            Self::ZigWrappers { targets, c } => commands::zig_wrappers::run(&folder, &targets, &c),
        }
    }
}

/// The tool of a C toolchain that this program has been called as: build scripts find `ar` as a link to it.
pub fn called_as() -> Option<cargo_zigbuild::Zig> {
    let mut args = std::env::args();
    let name = args.next()?;
    let name = camino::Utf8Path::new(&name).file_stem()?;
    let args = || args.collect();
    match name.to_ascii_lowercase().as_str() {
        "ar" => Some(cargo_zigbuild::Zig::Ar { args: args() }),
        "lib" => Some(cargo_zigbuild::Zig::Lib { args: args() }),
        name if name.ends_with("dlltool") => Some(cargo_zigbuild::Zig::Dlltool { args: args() }),
        _ => None,
    }
}
