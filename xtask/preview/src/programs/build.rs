//! Compiling the programs for this very machine, with its own toolchain: once at first, and again at a call when sources
//! have changed.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use camino::Utf8PathBuf;
use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
use sixfold_base::process;
use sixfold_base::terminal;
use sixfold_model::matrix::HostOs;
use sixfold_project::Project;
use tokio::sync::Mutex;

use super::folder::Folder;
use super::sources::Sources;

/// A failed build is tried again at a call, but not for each of many calls.
const RETRY: Duration = Duration::from_secs(1);

/// How the workspace's programs are compiled.
pub struct Build {
    cargo: Arc<Cargo>,
    os: HostOs,
    last: Mutex<Option<Last>>,
}

/// The call of cargo.
struct Cargo {
    root: Utf8PathBuf,
    args: Vec<String>,
    programs: Vec<String>,
    /// Files that count beside the sources.
    manifests: Vec<Utf8PathBuf>,
}

/// What became of the last build that somebody waited for.
struct Last {
    begun: Instant,
    /// Its sources, or why it failed.
    result: Result<Sources, String>,
}

impl Build {
    /// `None` when this system gets no program that the workspace builds.
    pub fn new(project: &Project, os: HostOs, profile: &str) -> Option<Self> {
        let hosts =
            |name| project.config.binaries.get(name).is_some_and(|binary| binary.hosts().contains(&os));
        let programs: Vec<_> = project.programs.iter().filter(|(name, _)| hosts(name)).collect();
        if programs.is_empty() {
            return None;
        }
        let mut args = vec!["build".to_owned(), "--profile".to_owned(), profile.to_owned()];
        for (name, package) in &programs {
            args.extend(["--package".to_owned(), (*package).clone(), "--bin".to_owned(), name.to_string()]);
        }
        let local = project.workspace.workspace_packages();
        let manifests = local.iter().map(|package| package.manifest_path.clone());
        let of_root = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
        let cargo = Cargo {
            root: project.root.clone(),
            args,
            programs: programs.iter().map(|(name, _)| name.to_string()).collect(),
            manifests: manifests.chain(of_root.map(|name| project.root.join(name))).collect(),
        };
        Some(Self { cargo: Arc::new(cargo), os, last: Mutex::default() })
    }

    /// Brings the programs in the folder up to date. One of many callers compiles, and all get its result. Fails with
    /// the compiler's messages.
    pub async fn refresh(&self, folder: &Folder) -> Result<()> {
        let called = Instant::now();
        // Set only when a build is over: a caller that is gone leaves it to the next one.
        let mut last = self.last.lock().await;
        match last.as_ref().map(|last| (last.begun, &last.result)) {
            Some((begun, Ok(sources))) if begun >= called || !sources.have_changed() => return Ok(()),
            Some((begun, Err(error))) if begun >= called || begun.elapsed() < RETRY => {
                return Err(anyhow!(error.clone()));
            }
            _ => {}
        }
        let begun = Instant::now();
        let cargo = self.cargo.clone();
        let built = tokio::task::spawn_blocking(move || cargo.run()).await.map_err(Error::from).flatten();
        let installed = built.and_then(|(programs, sources)| {
            for (name, program) in &programs {
                folder.put(&format!("{name}{}", self.os.exe_suffix()), program)?;
            }
            Ok(sources)
        });
        let (kept, result) = match installed {
            Ok(sources) => (Ok(sources), Ok(())),
            Err(error) => (Err(format!("{error:#}")), Err(error)),
        };
        *last = Some(Last { begun, result: kept });
        result
    }
}

impl Cargo {
    /// Compiles, and gives each program and the sources of all.
    fn run(&self) -> Result<(Vec<(String, Utf8PathBuf)>, Sources)> {
        let (start, before) = (Instant::now(), SystemTime::now());
        terminal::step("Compiling", format_args!("{} for this machine", self.programs.join(", ")));
        let mut call = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        call.args(&self.args).arg("--message-format=json-diagnostic-rendered-ansi").current_dir(&self.root);
        let (mut programs, mut errors) = (Vec::new(), String::new());
        let status = process::stream(call, "", "compile", |line| {
            match serde_json::from_str(line) {
                Ok(Message::CompilerArtifact(artifact)) if self.programs.contains(&artifact.target.name) => {
                    programs.extend(artifact.executable.map(|path| (artifact.target.name, path)));
                }
                Ok(Message::CompilerMessage(message)) => {
                    let text = message.message.rendered.unwrap_or(message.message.message);
                    terminal::line(text.trim_end());
                    if message.message.level == DiagnosticLevel::Error {
                        errors.push_str(&anstream::adapter::strip_str(&text).to_string());
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        if !status.success() {
            bail!(
                "it does not compile\n{}",
                if errors.is_empty() { "cargo says why in the terminal" } else { errors.trim_end() }
            );
        }
        terminal::step("Compiled", format_args!("in {}", terminal::elapsed(start)));
        let files: Vec<_> = programs.iter().map(|(_, path)| path.clone()).collect();
        let sources = Sources::of(&files, &self.manifests, before).context("cargo's list of the sources")?;
        Ok((programs, sources))
    }
}
