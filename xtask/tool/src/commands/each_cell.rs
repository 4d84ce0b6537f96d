//! What `cargo ci compatibility` asks: the way of `dist` up to the judge, on every program and target, whatever fails.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use xshell::Shell;

use super::dist::Tools;
use crate::compile;
use crate::compile::Said;
use sixfold_base::outcome::Outcome;
use sixfold_judge::{HostFile, Origin, check_cell};
use sixfold_model::matrix::Target;
use sixfold_project::Project;
use sixfold_project::plan::{BuildFlags, Machine, Plan, PlannedCell};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
}

#[derive(Serialize)]
struct Answer {
    cells: Vec<Cell>,
    errors: Vec<Said>,
}

#[derive(Serialize)]
struct Cell {
    binary: String,
    target: Target,
    /// The program, if there is one.
    path: Option<Utf8PathBuf>,
    /// What the judge finds wrong with it.
    findings: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let project = Project::load(folder, self.build.common.lookup())?;
        let sh = Shell::new()?;
        sh.change_dir(&project.root);
        let mut plan = Plan::new(&project, &self.build, &Machine::look(&sh, &project)?)?;
        let zig = Tools::find(&sh, &plan, self.build.common.offline)?.complete(&sh, &plan)?;
        let mut compile = plan.compile.take().context("nothing is built from source")?;
        compile.args.push("--keep-going".to_owned());
        let heard = compile::attempt(&sh, &plan, &compile, zig.as_ref())?;
        let cell = |planned: &PlannedCell| {
            let path = heard.executables.get(&planned.binary, planned.target).cloned();
            let findings = path.as_ref().map(|path| judge(planned, path)).transpose()?.unwrap_or_default();
            Ok(Cell { binary: planned.binary.clone(), target: planned.target, path, findings })
        };
        let cells =
            plan.cells.iter().filter(|cell| cell.source.is_cargo()).map(cell).collect::<Result<_>>()?;
        println!("{}", serde_json::to_string_pretty(&Answer { cells, errors: heard.errors })?);
        Ok(Outcome::Success)
    }
}

/// As `dist` judges a staged file; cargo's own file need not have the mode of a staged one.
fn judge(planned: &PlannedCell, path: &Utf8Path) -> Result<Vec<String>> {
    let cell = planned.cell();
    let content = fs_err::read(path)?;
    let file = HostFile::parse(cell.path().base_name(), &content);
    let problems = check_cell(&cell, &file, None, Origin::BuiltFromSource);
    Ok(problems.iter().map(|problem| problem.finding.to_string()).collect())
}
