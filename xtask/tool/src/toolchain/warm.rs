//! Zig's cold start: its first link for a windows target compiles the C runtime, which takes a minute of processor time.
//! That is paid once per machine, while rustc is busy with the crates, and kept in the cache folder for all projects.

use std::process::Command;
use std::thread::{self, JoinHandle};

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use xshell::{Shell, cmd};

use super::cross::Cross;
use sixfold_base::cache;
use sixfold_base::{process, terminal};
use sixfold_model::matrix::Target;
use sixfold_project::plan::Plan;
use sixfold_project::toolchain::linker::Linker;
use sixfold_project::toolchain::zig::Zig;

/// The work that goes on beside the compiler.
pub(crate) struct Warming(Option<JoinHandle<()>>);

impl Warming {
    /// Waits for the end, which is near once cargo has linked.
    pub(crate) fn finish(self) {
        if let Some(thread) = self.0 {
            // It has nothing to say: what it could not do, cargo's own link has done.
            let _ = thread.join();
        }
    }
}

/// Starts to link an empty program for every target of the plan that zig has not linked for on this machine.
pub(crate) fn start(sh: &Shell, plan: &Plan, cross: &Cross) -> Result<Warming> {
    let mut cold = Vec::new();
    for linked in plan.targets.iter().filter(|linked| linked.linker == Linker::Zig) {
        let mark = mark(cross.zig(), linked.target)?;
        if !mark.exists() {
            cold.extend(cross.linker(linked.target).map(|linker| (linked.target, linker.clone(), mark)));
        }
    }
    if cold.is_empty() {
        return Ok(Warming(None));
    }
    let names: Vec<_> = cold.iter().map(|(target, ..)| target.triple()).collect();
    terminal::step(
        "Warming",
        format_args!(
            "zig {} for {}: once per machine, about a minute each",
            cross.zig().version,
            names.join(", ")
        ),
    );
    let work = cold.into_iter().map(|(target, linker, mark)| Work::new(sh, cross, target, &linker, mark));
    let work: Vec<_> = work.collect();
    // What fails once, or is ended, is not tried for the next target.
    let all = move || drop(work.into_iter().try_for_each(Work::run));
    Ok(Warming(Some(thread::spawn(all))))
}

/// There once zig has linked for the target.
fn mark(zig: &Zig, target: Target) -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join("zig").join(format!("linked-{}-{target}", zig.version)))
}

/// A link that fills zig's cache.
struct Work {
    command: Command,
    mark: Utf8PathBuf,
}

impl Work {
    /// Linked through rustc, so that zig is asked for exactly the libraries that every program needs.
    fn new(sh: &Shell, cross: &Cross, target: Target, linker: &Utf8Path, mark: Utf8PathBuf) -> Self {
        let triple = target.triple();
        let command = cmd!(sh, "rustc --target {triple} -Clinker={linker}");
        Self { command: cross.apply_settings(command).into(), mark }
    }

    fn run(self) -> Result<()> {
        let Self { mut command, mark } = self;
        cache::once(&mark, Utf8Path::exists, |folder| {
            let (source, program) = (folder.join("main.rs"), folder.join("main.exe"));
            fs::write(&source, "fn main() {}\n")?;
            command.arg("-o").arg(&program).arg(&source);
            let output = process::capture(command, "warm zig")?;
            if !output.status.success() {
                bail!("zig cannot link an empty program:\n{}", output.tail());
            }
            Ok(fs::remove_file(program)?)
        })
    }
}
