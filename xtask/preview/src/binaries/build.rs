//! Compiles the host binaries for this machine with its own toolchain: once at the start, and again at a call if their
//! sources have changed.

use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Error, Result, anyhow, bail};
use camino::Utf8PathBuf;
use cargo_metadata::Message;
use cargo_metadata::diagnostic::DiagnosticLevel;
use sixfold_model::matrix::HostOs;
use sixfold_project::Project;
use tokio::sync::Mutex;

use super::folder::BinaryFolder;
use super::sources::Sources;
use crate::{build_command, terminal};

/// After a failed build, calls within this time get the same error instead of a new build.
const RETRY: Duration = Duration::from_secs(1);

/// The binaries that are built from source, and the state of their last build.
pub struct Build {
    cargo: Arc<Cargo>,
    os: HostOs,
    last: Mutex<Option<LastBuild>>,
}

/// How to run cargo.
struct Cargo {
    root: Utf8PathBuf,
    args: Vec<String>,
    binaries: Vec<String>,
    /// Files that matter in addition to the sources.
    manifests: Vec<Utf8PathBuf>,
}

/// The last finished build.
struct LastBuild {
    started: Instant,
    /// The sources that it compiled, or the error.
    result: Result<Sources, String>,
}

impl Build {
    /// Returns `None` if no host binary for this system is built from source.
    pub(crate) fn new(project: &Project, os: HostOs, profile: &str) -> Option<Self> {
        let hosts =
            |name| project.config.binaries.get(name).is_some_and(|binary| binary.hosts().contains(&os));
        let binaries: Vec<_> = project.programs.iter().filter(|(name, _)| hosts(name)).collect();
        if binaries.is_empty() {
            return None;
        }
        let mut args = vec!["build".to_owned(), "--profile".to_owned(), profile.to_owned()];
        for (name, package) in &binaries {
            args.extend(["--package".to_owned(), (*package).clone(), "--bin".to_owned(), name.to_string()]);
        }
        let local = project.workspace.workspace_packages();
        let manifests = local.iter().map(|package| package.manifest_path.clone());
        let in_root = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
        let cargo = Cargo {
            root: project.root.clone(),
            args,
            binaries: binaries.iter().map(|(name, _)| name.to_string()).collect(),
            manifests: manifests.chain(in_root.map(|name| project.root.join(name))).collect(),
        };
        Some(Self { cargo: Arc::new(cargo), os, last: Mutex::default() })
    }

    /// Updates the binaries in the folder if their sources have changed. When several callers wait, one of them compiles and
    /// all get its result. Fails with the compiler's errors.
    pub(super) async fn refresh(&self, folder: &BinaryFolder) -> Result<()> {
        let called = Instant::now();
        // Set only after a build: if this caller goes away while it waits, the next one takes over.
        let mut last = self.last.lock().await;
        match last.as_ref().map(|last| (last.started, &last.result)) {
            Some((started, Ok(sources))) if started >= called || !sources.have_changed() => return Ok(()),
            Some((started, Err(error))) if started >= called || started.elapsed() < RETRY => {
                return Err(anyhow!(error.clone()));
            }
            _ => {}
        }
        let started = Instant::now();
        let cargo = self.cargo.clone();
        let built = tokio::task::spawn_blocking(move || cargo.run()).await.map_err(Error::from).flatten();
        let installed = built.and_then(|(binaries, sources)| {
            for (name, binary) in &binaries {
                folder.install(&format!("{name}{}", self.os.exe_suffix()), binary)?;
            }
            Ok(sources)
        });
        let (kept, result) = match installed {
            Ok(sources) => (Ok(sources), Ok(())),
            Err(error) => (Err(format!("{error:#}")), Err(error)),
        };
        *last = Some(LastBuild { started, result: kept });
        result
    }
}

impl Cargo {
    /// Compiles. Returns the name and the file of each binary, and the sources of all of them.
    fn run(&self) -> Result<(Vec<(String, Utf8PathBuf)>, Sources)> {
        let (start, before) = (Instant::now(), SystemTime::now());
        terminal::step("Compiling", format_args!("{} for this machine", self.binaries.join(", ")));
        let mut call = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()));
        call.args(&self.args).arg("--message-format=json-diagnostic-rendered-ansi").current_dir(&self.root);
        let (mut binaries, mut errors) = (Vec::new(), String::new());
        let (status, _) = build_command::run(call, "compile", |line| {
            match serde_json::from_str(line) {
                Ok(Message::CompilerArtifact(artifact)) if self.binaries.contains(&artifact.target.name) => {
                    binaries.extend(artifact.executable.map(|path| (artifact.target.name, path)));
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
                "the host binaries do not compile\n{}",
                if errors.is_empty() {
                    "help: see the output of cargo in the terminal"
                } else {
                    errors.trim_end()
                }
            );
        }
        terminal::step("Compiled", format_args!("in {}", terminal::elapsed(start)));
        let files: Vec<_> = binaries.iter().map(|(_, path)| path.clone()).collect();
        let sources = Sources::record(&files, &self.manifests, before)
            .context("cannot read cargo's list of the source files")?;
        Ok((binaries, sources))
    }
}
