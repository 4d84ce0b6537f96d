//! Zig's first link for a Windows target compiles the C runtime, which takes a minute of CPU time. The tool does that once
//! per machine, while rustc compiles crates. The result is kept in the cache folder, for all projects.

use std::process::Command;
use std::thread::{self, JoinHandle};

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::zig_environment::ZigEnvironment;
use sixfold_base::cache;
use sixfold_base::heartbeat::Heartbeat;
use sixfold_base::{process, terminal};
use sixfold_model::matrix::Target;
use sixfold_project::plan::Toolchain;
use sixfold_project::toolchain::linker_choice::Linker;
use sixfold_project::toolchain::zig::Zig;

/// The thread that warms zig's cache; `None` if the cache is warm.
pub(crate) struct WarmUp(Option<JoinHandle<()>>);

impl WarmUp {
    /// Waits for the end, which is close once cargo has linked.
    pub(crate) fn finish(self) {
        if let Some(thread) = self.0 {
            let _heartbeat = Heartbeat::start(|| "for zig to finish warming".to_owned());
            // A failure does not matter: cargo's own link has done the same work.
            let _ = thread.join();
        }
    }
}

/// Starts linking an empty program for each target that zig has not linked for on this machine.
pub(crate) fn start(toolchain: &Toolchain, zig: &ZigEnvironment) -> Result<WarmUp> {
    let mut cold = Vec::new();
    for linked in toolchain.targets.iter().filter(|linked| linked.linker == Linker::Zig) {
        let mark = mark(zig.zig(), linked.target)?;
        if !mark.exists() {
            cold.extend(zig.linker(linked.target).map(|linker| (linked.target, linker.clone(), mark)));
        }
    }
    if cold.is_empty() {
        return Ok(WarmUp(None));
    }
    let names: Vec<_> = cold.iter().map(|(target, ..)| target.triple()).collect();
    terminal::step(
        "Warming",
        format_args!(
            "zig {} for {}: once per machine, about a minute each",
            zig.zig().version,
            names.join(", ")
        ),
    );
    let folder = &toolchain.folder;
    let links = cold.into_iter().map(|(target, linker, mark)| Link::new(folder, zig, target, &linker, mark));
    let links: Vec<_> = links.collect();
    // After a failure or an interrupt, the next target is not tried.
    let all = move || drop(links.into_iter().try_for_each(Link::run));
    Ok(WarmUp(Some(thread::spawn(all))))
}

/// A path that exists once zig has linked for the target.
fn mark(zig: &Zig, target: Target) -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join("zig").join(format!("linked-{}-{target}", zig.version)))
}

/// A link that fills zig's cache.
struct Link {
    command: Command,
    mark: Utf8PathBuf,
}

impl Link {
    /// Links through rustc, so that zig gets exactly the libraries that every program needs.
    fn new(
        folder: &Utf8Path,
        zig: &ZigEnvironment,
        target: Target,
        linker: &Utf8Path,
        mark: Utf8PathBuf,
    ) -> Self {
        let mut command = Command::new("rustc");
        command.args(["--target", target.triple(), &format!("-Clinker={linker}")]).current_dir(folder);
        zig.apply_settings(&mut command);
        Self { command, mark }
    }

    fn run(self) -> Result<()> {
        let Self { mut command, mark } = self;
        cache::once(&mark, Utf8Path::exists, |folder| {
            let (source, program) = (folder.join("main.rs"), folder.join("main.exe"));
            fs::write(&source, "fn main() {}\n")?;
            command.arg("-o").arg(&program).arg(&source);
            let output = process::capture(command, "link an empty program with zig")?;
            if !output.status.success() {
                bail!("zig cannot link an empty program:\n{}", output.tail());
            }
            Ok(fs::remove_file(program)?)
        })
    }
}
