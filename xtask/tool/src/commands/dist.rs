//! `cargo xtask dist`: from the sources to an image that is native on every host.

use std::time::Instant;

use anyhow::Result;
use camino::Utf8Path;

use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_project::Project;
use sixfold_project::plan::BuildFlags;

use crate::docker::Docker;
use crate::execute::execute;
use crate::planned;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let start = Instant::now();
        self.build.check().unwrap_or_else(|error| error.exit());
        let lookup = self.build.common.lookup();
        let (project, dist) = Project::take(folder, lookup)?;
        let plan = planned::plan(&project, &self.build)?;
        let report = execute(&Docker::default(), &plan, &dist)?;
        terminal::step("Finished", format_args!("{} in {}", plan.image.name(), terminal::elapsed(start)));
        terminal::line(&report);
        if let Some(archive) = report.archive {
            terminal::answer(&format!("{archive}\n"))?;
        }
        Ok(Outcome::Success)
    }
}
