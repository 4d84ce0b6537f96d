//! `cargo xtask dist`: from the sources to an image that is native on every host.

use std::time::Instant;

use anyhow::{Result, bail};
use camino::Utf8Path;

use sixfold_base::outcome::Outcome;
use sixfold_base::{git, process, terminal};
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
        if lookup.locked {
            must_be_committed(&project.root)?;
        }
        let plan = planned::plan(&project, &self.build)?;
        let report = execute(&Docker::default(), &plan, &dist)?;
        terminal::step("Finished", format_args!("{} in {}", report.name(), terminal::elapsed(start)));
        terminal::line(&report);
        if let Some(path) = report.archive.or(report.folder) {
            terminal::answer(&format!("{path}\n"))?;
        }
        Ok(Outcome::Success)
    }
}

/// Fails if Cargo.lock is not as it was committed: the cargo that runs `cargo xtask` may have changed it just now, without a
/// word. Outside of a repository there is nothing to compare it with.
fn must_be_committed(root: &Utf8Path) -> Result<()> {
    if which::which("git").is_err() {
        return Ok(());
    }
    let mut status = git::command(root);
    status.args(["status", "--porcelain", "--untracked-files=no", "--", "Cargo.lock"]);
    let status = process::capture(status, "ask git whether Cargo.lock has changed")?;
    if !status.status.success() || status.stdout.trim().is_empty() {
        return Ok(());
    }
    bail!(
        "Cargo.lock differs from the committed one, and --locked was passed\n\
         help: commit it; with `cargo --locked xtask dist --locked`, cargo does not change it either"
    )
}
