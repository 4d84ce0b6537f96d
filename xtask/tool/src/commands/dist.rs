//! `cargo xtask dist`: from the sources to an image that is native on every host.
//!
//! Whatever can fail late is checked first: the plan, the tools, the builder, the tag. Nothing reaches the final name
//! of an archive, or a registry, before every cell has been verified.

use std::time::Instant;

use anyhow::{Error, Result, bail};
use camino::Utf8Path;
use xshell::Shell;

use crate::buildx::Buildx;
use crate::deliver;
use crate::report::Report;
use crate::toolchain::targets;
use crate::toolchain::zig_install::{self, Pip};
use crate::{parts, stage, ui};
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::outcome::Outcome;
use sixfold_base::{disk, terminal};
use sixfold_project::plan::{BuildFlags, Delivery, Engine, Machine, Plan};
use sixfold_project::toolchain::zig::{self, Zig};
use sixfold_project::{Project, dist_dir};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let start = Instant::now();
        let flags = self.build;
        flags.refuse_misuse();
        let lookup = flags.common.lookup();
        // Nothing is looked at before it is this run's turn: whatever it waited for may have taken minutes.
        let dist = DistFolder::take(dist_dir(folder, lookup)?)?.guarded()?;
        let project = Project::load(folder, lookup)?;
        let sh = Shell::new()?;
        sh.change_dir(&project.root);
        let plan = Plan::new(&project, &flags, &Machine::look(&sh, &project)?)?;
        let report = carry_out(&sh, &project, &plan, &flags, &dist)?;
        terminal::step("Finished", format_args!("{} in {}", plan.image, terminal::elapsed(start)));
        terminal::line(&report);
        if let Some(archive) = report.archive {
            terminal::answer(&format!("{archive}\n"))?;
        }
        Ok(Outcome::Success)
    }
}

/// Carries out the plan; the shell's folder is the root of the project. `install` does the same with a plan of its own.
pub(crate) fn carry_out(
    sh: &Shell,
    project: &Project,
    plan: &Plan,
    flags: &BuildFlags,
    dist: &DistFolder,
) -> Result<Report> {
    stage::ready(project)?;
    if let Delivery::Archive { .. } = plan.delivery {
        dist.is_free_for_file(&plan.archive)?;
    }
    let tools = Tools::find(sh, plan, flags.common.offline)?;
    let buildx = match plan.delivery {
        Delivery::Archive { engine: Engine::Builtin, .. } => None,
        _ => Some(Buildx::ready(sh, plan, flags)?),
    };
    let zig = tools.complete(sh, plan)?;
    plan.skipped.iter().for_each(terminal::note);
    let parts = parts::make(sh, plan, zig.as_ref(), flags.common.lookup(), dist)
        .map_err(|error| disk::blame(error, dist.path()))?;
    let stage = stage::build(project, plan, &parts, dist)?;
    terminal::step("Verified", stage.summary());

    let delivered = match &buildx {
        Some(buildx) => deliver::buildx(sh, buildx, plan, flags, dist, &stage)?,
        None => deliver::builtin(plan, dist, &stage)?,
    };
    let report = Report::new(plan, &stage, &delivered);
    report.write(dist)?;
    Ok(report)
}

/// What brings the tools that compiling lacks.
pub(crate) struct Tools {
    pip: Option<Pip>,
}

impl Tools {
    /// Fails with all that is missing here, for the programs and for the page. Fetches nothing.
    pub(crate) fn find(sh: &Shell, plan: &Plan, offline: bool) -> Result<Self> {
        let targets = targets::can_add(&plan.missing_targets, offline);
        let pip = match &plan.zig {
            Some(zig::Source::Install) => zig_install::installer(sh, &plan.zig_purpose(), offline).map(Some),
            _ => Ok(None),
        };
        let page = plan.ui.as_ref().map_or(Ok(()), ui::ready);
        refuse(&[targets.err().as_ref(), pip.as_ref().err(), page.err().as_ref()])?;
        Ok(Self { pip: pip? })
    }

    /// Brings Rust targets and zig.
    pub(crate) fn complete(self, sh: &Shell, plan: &Plan) -> Result<Option<Zig>> {
        targets::add_targets(sh, &plan.missing_targets)?;
        match (&plan.zig, self.pip) {
            (Some(zig::Source::Found(zig)), _) => Ok(Some(zig.clone())),
            (_, Some(pip)) => zig_install::install(sh, &plan.zig_purpose(), &pip).map(Some),
            (_, None) => Ok(None),
        }
    }
}

/// Fails with all of these errors, where there are some.
fn refuse(errors: &[Option<&Error>]) -> Result<()> {
    let lines: Vec<_> = errors.iter().flatten().map(|error| error.to_string()).collect();
    if lines.is_empty() { Ok(()) } else { bail!(lines.join("\n")) }
}
