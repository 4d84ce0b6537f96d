//! `cargo xtask ui`, a hidden command: builds the UI or installs its packages. The preview runs it.

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_project::Project;
use sixfold_project::plan::Ui;

use crate::ui;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Only install packages
    #[arg(long)]
    install: bool,
    /// Use no network
    #[arg(long)]
    offline: bool,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let lookup = Lookup { offline: self.offline, locked: false };
        let (project, dist) = Project::take(folder, lookup)?;
        let ui = Ui::new(&project, self.offline).context("this extension has no UI")?;
        ui::ready(&ui)?;
        if self.install {
            ui::install(&ui, &dist)?
        } else {
            ui::run(&ui, &dist)?
        }
        Ok(Outcome::Success)
    }
}
