//! The parts of the image: programs, those of others, and the page, made side by side.

use std::sync::mpsc;
use std::thread;

use anyhow::{Error, Result};
use xshell::Shell;

use crate::compile;
use crate::compile::Executables;
use crate::ui;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::process;
use sixfold_project::plan::Plan;
use sixfold_project::prebuilt;
use sixfold_project::prebuilt::Brought;
use sixfold_project::toolchain::zig::Zig;

/// A part that is made beside the others.
enum Part {
    Programs(Executables),
    Prebuilt(Brought),
    Page,
}

/// The programs, wherever they come from.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    pub executables: Executables,
    pub brought: Brought,
}

/// Compiles, fetches and builds the page side by side. The first failure ends the others, and is the one that is reported.
pub(crate) fn make(
    sh: &Shell,
    plan: &Plan,
    zig: Option<&Zig>,
    lookup: Lookup,
    dist: &DistFolder,
) -> Result<Parts> {
    let (done, results) = mpsc::channel();
    let root = sh.current_dir();
    let shell = || -> Result<Shell> {
        let sh = Shell::new()?;
        sh.change_dir(&root);
        Ok(sh)
    };
    thread::scope(|scope| {
        if let Some(compile) = &plan.compile {
            let done = done.clone();
            scope.spawn(move || {
                let made = shell().and_then(|sh| compile::run(&sh, plan, compile, zig));
                done.send(made.map(Part::Programs))
            });
        }
        if !plan.downloads.is_empty() {
            let done = done.clone();
            scope.spawn(move || done.send(prebuilt::run(&plan.downloads, lookup, dist).map(Part::Prebuilt)));
        }
        if let Some(page) = &plan.ui {
            let done = done.clone();
            scope.spawn(move || done.send(ui::run(page, dist).map(|()| Part::Page)));
        }
        drop(done);
        collect(results)
    })
}

fn collect(results: mpsc::Receiver<Result<Part>>) -> Result<Parts> {
    let mut parts = Parts::default();
    let mut failed: Option<Error> = None;
    for result in results {
        match result {
            Ok(Part::Programs(programs)) => parts.executables = programs,
            Ok(Part::Prebuilt(brought)) => parts.brought = brought,
            Ok(Part::Page) => {}
            Err(error) => {
                process::end_all();
                // What fails after this was ended by us.
                failed.get_or_insert(error);
            }
        }
    }
    failed.map_or(Ok(parts), Err)
}
