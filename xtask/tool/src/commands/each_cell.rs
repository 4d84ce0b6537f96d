//! The hidden command behind `cargo ci compatibility`: compiles and verifies every binary for every target, and goes on
//! after failures.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use sixfold_base::outcome::Outcome;
use sixfold_judge::{HostFile, Origin, check_cell};
use sixfold_model::matrix::Target;
use sixfold_project::plan::{BuildFlags, Plan, PlannedCell};
use sixfold_project::toolchain::linker_choice::Linker;
use sixfold_project::{Machine, Project};

use crate::compile::{self, CompileError};
use crate::tools::Tools;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    build: BuildFlags,
}

#[derive(Serialize)]
struct Answer {
    cells: Vec<Cell>,
    errors: Vec<CompileError>,
}

#[derive(Serialize)]
struct Cell {
    binary: String,
    target: Target,
    linker: Linker,
    /// The binary, if it was made.
    path: Option<Utf8PathBuf>,
    /// What is wrong with it.
    findings: Vec<String>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let project = Project::load(folder, self.build.common.lookup())?;
        let mut plan = Plan::new(&project, &self.build, &Machine::look(&project)?)?;
        let none = "no binary is built from source";
        let (mut compile, toolchain) =
            (plan.compile.take().context(none)?, plan.toolchain.as_ref().context(none)?);
        let zig = Tools::find(Some(toolchain), &[], plan.ui.as_ref(), [None; 2], plan.lookup.offline)?
            .install(Some(toolchain))?;
        compile.args.push("--keep-going".to_owned());
        let output = compile::attempt(toolchain, &compile, zig.as_ref(), plan.lookup)?;
        let cell = |planned: &PlannedCell| {
            let path = output.executables.get(&planned.binary, planned.target).cloned();
            let findings = path.as_ref().map(|path| verify(planned, path)).transpose()?.unwrap_or_default();
            let linker = planned.linker;
            Ok(Cell { binary: planned.binary.clone(), target: planned.target, linker, path, findings })
        };
        let cells = plan
            .matrix
            .cells
            .iter()
            .filter(|cell| cell.source.is_cargo())
            .map(cell)
            .collect::<Result<_>>()?;
        println!("{}", serde_json::to_string_pretty(&Answer { cells, errors: output.errors })?);
        Ok(Outcome::Success)
    }
}

/// Verifies a binary as `dist` does, except for its mode, which is set only in the stage.
fn verify(planned: &PlannedCell, path: &Utf8Path) -> Result<Vec<String>> {
    let cell = planned.cell();
    let content = fs_err::read(path)?;
    let file = HostFile::parse(cell.path().base_name(), &content);
    let problems = check_cell(&cell, &file, None, Origin::BuiltFromSource);
    Ok(problems.iter().map(|problem| problem.finding.to_string()).collect())
}
