//! `cargo xtask built`, a hidden command: runs the commands of the author that build host binaries. The preview runs it.

use anyhow::Result;
use camino::Utf8Path;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_model::matrix::{Platform, Target};
use sixfold_project::Project;
use sixfold_project::plan::commands;

use crate::build_commands;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The hosts to build for
    #[arg(value_parser = |triple: &str| Target::try_from(triple.to_owned()))]
    target: Target,
    /// Use no network
    #[arg(long)]
    offline: bool,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let (project, dist) = Project::take(folder, Lookup { offline: self.offline, locked: false })?;
        let cells = project.cells(&[Platform(self.target.arch)]);
        let cells = cells.iter().filter(|cell| cell.os == self.target.os);
        build_commands::run(&commands(&project, cells)?, &dist)?;
        Ok(Outcome::Success)
    }
}
