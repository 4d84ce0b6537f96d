//! Makes the parts of the image side by side: binaries, whether cargo or a command builds them, prebuilt files and the UI.

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use anyhow::{Error, Result};

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::process;
use sixfold_model::stage as layout;
use sixfold_project::plan::{Matrix, Plan};
use sixfold_project::prebuilt::fetch_files::{FetchedFiles, fetch_files};
use sixfold_project::toolchain::zig::Zig;

use crate::build_commands;
use crate::compile::{self, Executables};
use crate::ui;

/// A part that is finished.
enum Part {
    Compiled(Executables),
    Fetched(FetchedFiles),
    Commands,
    Ui,
}

/// The files of all cells, wherever they come from.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub executables: Executables,
    pub fetched: FetchedFiles,
    /// What other machines have built, by its path in the stage. These bytes were verified, and these ship.
    pub taken: BTreeMap<String, Vec<u8>>,
}

/// Compiles, runs the author's commands, fetches and builds the UI side by side. The first failure ends the others, and is the one that is reported.
pub(crate) fn make(plan: &Plan, zig: Option<&Zig>, dist: &DistFolder) -> Result<Parts> {
    let taken = take(&plan.matrix)?;
    let Plan { toolchain, downloads, lookup, .. } = plan;
    let (done, results) = mpsc::channel();
    let parts = thread::scope(|scope| {
        let calls: Vec<_> = plan.compile.iter().chain(&plan.compile_backend).collect();
        if let (Some(toolchain), false) = (toolchain, calls.is_empty()) {
            let done = done.clone();
            scope.spawn(move || {
                done.send(compile::run_all(toolchain, &calls, zig, *lookup).map(Part::Compiled))
            });
        }
        if !plan.commands.is_empty() {
            let done = done.clone();
            scope
                .spawn(move || done.send(build_commands::run(&plan.commands, dist).map(|()| Part::Commands)));
        }
        if !downloads.is_empty() {
            let done = done.clone();
            scope.spawn(move || done.send(fetch_files(downloads, *lookup, dist).map(Part::Fetched)));
        }
        if let Some(ui) = &plan.ui {
            let done = done.clone();
            scope.spawn(move || done.send(ui::run(ui, dist).map(|()| Part::Ui)));
        }
        drop(done);
        collect(results)
    })?;
    Ok(Parts { taken, ..parts })
}

/// Before anything long starts.
fn take(matrix: &Matrix) -> Result<BTreeMap<String, Vec<u8>>> {
    let taken =
        matrix.cells.iter().filter_map(|cell| Some((layout::cell(&cell.cell()), cell.from.as_ref()?)));
    taken.map(|(path, taken)| Ok((path, taken.read()?))).collect()
}

fn collect(results: mpsc::Receiver<Result<Part>>) -> Result<Parts> {
    let mut parts = Parts::default();
    let mut failed: Option<Error> = None;
    for result in results {
        match result {
            Ok(Part::Compiled(executables)) => parts.executables = executables,
            Ok(Part::Fetched(fetched)) => parts.fetched = fetched,
            Ok(Part::Commands | Part::Ui) => {}
            Err(error) => {
                process::end_all();
                // Later failures are only the end of what was just stopped.
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(parts), Err)
}
