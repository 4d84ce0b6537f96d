//! The clone of the repository in a temporary folder in which everything is measured.

use std::cell::OnceCell;
use std::fs::File;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::program::FOR_THIS_MACHINE;
use tempfile::TempDir;

use super::recorder::{self, Call};
use super::stopwatch::{Sample, Stopwatch};
use crate::process;

pub(crate) struct Sandbox {
    folder: TempDir,
    /// The clone.
    pub root: Utf8PathBuf,
    /// A folder that is kept for the next benchmark run.
    pub kept: Utf8PathBuf,
    call: OnceCell<Call>,
}

/// One line of a source file that is edited repeatedly.
pub(crate) struct Line {
    path: Utf8PathBuf,
    original: String,
    text: &'static str,
}

impl Sandbox {
    /// Clones the last commit of the workspace.
    pub(crate) fn new(workspace: &Utf8Path) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("sixfold-bench-").tempdir()?;
        let path = Utf8Path::from_path(folder.path())
            .context("the path of the folder for temporary files is not UTF-8")?;
        let root = path.join("clone");
        let mut git = process::command("git", "install git")?;
        process::run(git.args(["clone", "--quiet", "--no-hardlinks", workspace.as_str(), root.as_str()]))?;
        Ok(Self { root, kept: workspace.join("target/bench"), call: OnceCell::new(), folder })
    }

    /// A path next to the clone.
    pub(crate) fn temporary(&self, name: &str) -> Result<Utf8PathBuf> {
        Ok(Utf8PathBuf::try_from(self.folder.path().join(name))?)
    }

    /// A command in the clone, without the variables set by the cargo that started this program.
    pub(crate) fn command(&self, program: &str) -> Result<Command> {
        let mut command =
            process::command(program, "install git, Rust, Node.js and Python, which the benchmarks need")?;
        let is_from_cargo = |name: &str| {
            ["CARGO", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"].contains(&name)
                || name.starts_with("CARGO_PKG_")
                || name.starts_with("CARGO_MANIFEST_")
        };
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(is_from_cargo) {
                command.env_remove(name);
            }
        }
        command.current_dir(&self.root).env("SIXFOLD_CACHE", self.kept.join("cache"));
        Ok(command)
    }

    /// `cargo xtask dist`, as an author types it.
    pub(crate) fn dist(&self) -> Result<Command> {
        let mut cargo = self.command("cargo")?;
        cargo.args(["xtask", "dist"]);
        Ok(cargo)
    }

    /// How `dist` calls cargo. The first time, this builds the extension, which also warms every cache.
    pub(crate) fn bare(&self) -> Result<&Call> {
        if self.call.get().is_none() {
            self.build("xtask")?;
            let file = self.temporary("call.json")?;
            let mut dist = self.command(self.program("xtask")?.as_str())?;
            self.time("dist, to warm up", recorder::attach(dist.arg("dist"), &file)?)?;
            let _ = self.call.set(Call::read(&file)?);
        }
        self.call.get().context("dist was not recorded")
    }

    /// Builds a crate of the tool in the way in which `cargo xtask` builds it.
    pub(crate) fn build(&self, package: &str) -> Result<Sample> {
        let mut build = self.command("cargo")?;
        build.args(["build", "--quiet", "--package", package]).args(FOR_THIS_MACHINE);
        self.time(&format!("build {package}"), &mut build)
    }

    /// The program of a crate that [`Sandbox::build`] built.
    pub(crate) fn program(&self, name: &str) -> Result<Utf8PathBuf> {
        let host = process::read_stdout(self.command("rustc")?.args(["--print", "host-tuple"]))?;
        let folder = self.root.join("target").join(host.trim()).join("debug");
        Ok(folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
    }

    /// Runs the command to its end and prints how long it took. Its output goes to a file, and the end of that file into the
    /// error.
    pub(crate) fn time(&self, what: &str, command: &mut Command) -> Result<Sample> {
        let log = self.temporary("log.txt")?;
        let output = File::create(&log)?;
        command.stdout(output.try_clone()?).stderr(output);
        let stopwatch = Stopwatch::start();
        if let Err(error) = process::run_quietly(command) {
            bail!("{what}: {error:#}\n{}", tail(&log));
        }
        let sample = stopwatch.stop();
        report(what, sample);
        Ok(sample)
    }

    /// Removes everything that `dist` has written. xtask itself stays built.
    pub(crate) fn clear(&self) -> Result<()> {
        for entry in self.root.join("target").read_dir_utf8()? {
            let path = entry?.into_path();
            if path.join("debug").is_dir() {
                // On a Mac, `dist` builds for the same target as `cargo xtask`.
                remove(&path.join("release"))?;
            } else if path.file_name() != Some("debug") {
                remove(&path)?;
            }
        }
        ["ui/node_modules", "ui/build"].iter().try_for_each(|path| remove(&self.root.join(path)))
    }

    /// The line of the file that contains `text`.
    pub(crate) fn line(&self, path: &str, text: &'static str) -> Result<Line> {
        let path = self.root.join(path);
        let original = fs_err::read_to_string(&path)?;
        if original.matches(text).count() != 1 {
            bail!("{path} does not contain {text:?} exactly once\nhelp: use another line in the benchmark");
        }
        Ok(Line { path, original, text })
    }
}

impl Line {
    /// Makes the line different for each `run`.
    pub(crate) fn edit(&self, run: impl std::fmt::Display) -> Result<()> {
        let edited = self.original.replace(self.text, &format!("{} {run}", self.text));
        Ok(fs_err::write(&self.path, edited)?)
    }
}

/// Removes the file or folder, if there is one.
pub(crate) fn remove(path: &Utf8Path) -> Result<()> {
    if path.is_dir() {
        fs_err::remove_dir_all(path)?;
    } else if path.exists() {
        fs_err::remove_file(path)?;
    }
    Ok(())
}

/// The last lines of a log.
pub(crate) fn tail(log: &Utf8Path) -> String {
    let text = fs_err::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(20)..].join("\n")
}

/// Prints what was just measured.
pub(crate) fn report(what: &str, sample: Sample) {
    let cpu = sample.cpu.map(|cpu| format!("{:>8.2} s cpu", cpu.as_secs_f64())).unwrap_or_default();
    eprintln!("{:>8.2} s{cpu}  {what}", sample.clock.as_secs_f64());
}
