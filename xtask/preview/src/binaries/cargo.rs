//! One run of cargo, which compiles all host binaries that are built from source. A crate that does not compile affects only
//! the binaries that need it.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::process::ExitStatus;
use std::time::{Instant, SystemTime};

use anstream::adapter::strip_str;
use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use cargo_metadata::diagnostic::DiagnosticLevel;
use cargo_metadata::{CompilerMessage, Message, Metadata, PackageId};
use sixfold_base::cargo;
use sixfold_model::values::BinaryName;
use sixfold_project::Project;

use super::sources::Sources;
use crate::{build_command, terminal};

/// How to run cargo.
pub(super) struct Cargo {
    root: Utf8PathBuf,
    target_dir: Utf8PathBuf,
    args: Vec<String>,
    pub(super) binaries: BTreeMap<String, Binary>,
    /// Files that matter in addition to the sources.
    manifests: Vec<Utf8PathBuf>,
    /// The name of each package in the graph.
    names: BTreeMap<PackageId, String>,
}

/// A host binary that is built from source.
pub(super) struct Binary {
    package: PackageId,
    /// All packages that it depends on, directly or indirectly.
    uses: HashSet<PackageId>,
}

/// Why a binary was not built.
#[derive(Clone, Debug)]
pub(crate) struct NotBuilt {
    /// One line that names the crate. The terminal already shows the rest.
    pub(crate) summary: String,
    /// The compiler's errors, without colors.
    errors: String,
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n{}", self.summary, self.errors.trim_end())
    }
}

impl std::error::Error for NotBuilt {}

/// The file and the sources of a binary, or why it was not built.
pub(super) type Built = Result<(Utf8PathBuf, Sources), NotBuilt>;

impl Cargo {
    /// Returns `None` if cargo builds none of the asked programs.
    pub(super) fn new(
        project: &Project,
        is_asked: impl Fn(&BinaryName) -> bool,
        profile: &str,
    ) -> Option<Self> {
        let (local, workspace) = (project.workspace.workspace_packages(), &project.workspace);
        // For this machine, whatever `build.target` says.
        let args = ["build", "--keep-going", "--target", "host-tuple", "--profile", profile];
        let mut args: Vec<_> = args.map(str::to_owned).into();
        let mut binaries = BTreeMap::new();
        for (name, package) in project.packages.iter().filter(|(name, _)| is_asked(name)) {
            let id = &local.iter().find(|member| *member.name == *package)?.id;
            let binary = Binary { package: id.clone(), uses: dependencies(workspace, id) };
            binaries.insert(name.to_string(), binary);
        }
        args.extend(project.cargo_arguments(&is_asked));
        let in_root = ["Cargo.toml", "Cargo.lock", ".cargo/config.toml", "rust-toolchain.toml"];
        let manifests = local.iter().map(|package| package.manifest_path.clone());
        let names = workspace.packages.iter().map(|package| (package.id.clone(), package.name.to_string()));
        (!binaries.is_empty()).then(|| Self {
            root: project.root.clone(),
            target_dir: workspace.target_directory.clone(),
            args,
            binaries,
            manifests: manifests.chain(in_root.map(|name| project.root.join(name))).collect(),
            names: names.collect(),
        })
    }

    /// Compiles. Shows the diagnostics that are not in `shown`, and puts those of this run into it. Fails if cargo cannot be
    /// started.
    pub(super) fn run(&self, shown: &mut HashSet<String>) -> Result<BTreeMap<String, Built>> {
        let (start, before) = (Instant::now(), SystemTime::now());
        let names = self.binaries.keys().map(String::as_str);
        terminal::step(
            "Compiling",
            format_args!("{} for this machine", names.collect::<Vec<_>>().join(", ")),
        );
        let mut call = cargo::command();
        call.args(&self.args).arg("--message-format=json-diagnostic-rendered-ansi").current_dir(&self.root);
        // A relative one is relative to the folder that the author is in.
        call.env("CARGO_TARGET_DIR", &self.target_dir);
        let mut run = Run { known: std::mem::take(shown), ..Run::default() };
        let (status, stderr) = build_command::run(call, "compile", |line| {
            match serde_json::from_str(line) {
                Ok(Message::CompilerArtifact(artifact)) => {
                    run.files.extend(artifact.executable.map(|path| (artifact.target.name, path)));
                }
                Ok(Message::CompilerMessage(message)) => run.diagnose(message),
                _ => {}
            }
            Ok(())
        })?;
        *shown = run.shown.clone();
        let built = self.binaries.iter().map(|(name, binary)| {
            Ok((name.clone(), self.result(name, binary, &run, (status, &stderr), before)?))
        });
        let built: BTreeMap<_, _> = built.collect::<Result<_>>()?;
        let good: Vec<_> =
            built.iter().filter(|(_, built)| built.is_ok()).map(|(name, _)| name.as_str()).collect();
        if !good.is_empty() {
            terminal::step("Compiled", format_args!("{} in {}", good.join(", "), terminal::elapsed(start)));
        }
        Ok(built)
    }

    fn result(
        &self,
        name: &str,
        binary: &Binary,
        run: &Run,
        (status, stderr): (ExitStatus, &str),
        before: SystemTime,
    ) -> Result<Built> {
        let errors: Vec<_> = run.errors.iter().filter(|error| error.concerns(name, binary)).collect();
        let file = run.files.get(name).filter(|_| errors.is_empty());
        if let Some(file) = file {
            let sources = Sources::record(std::slice::from_ref(file), &self.manifests, before)
                .context("cannot read cargo's list of the source files")?;
            return Ok(Ok((file.clone(), sources)));
        }
        let crates: BTreeSet<_> = errors.iter().filter_map(|error| self.names.get(&error.package)).collect();
        let crates = crates.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Ok(Err(if errors.is_empty() {
            NotBuilt { summary: format!("cargo ended with {status}"), errors: stderr.to_owned() }
        } else {
            let errors = errors.iter().map(|error| error.text.as_str()).collect();
            NotBuilt { summary: format!("the crate {crates} does not compile"), errors }
        }))
    }
}

/// The packages that a package depends on, and itself.
fn dependencies(workspace: &Metadata, package: &PackageId) -> HashSet<PackageId> {
    let nodes = workspace.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<_, _> = nodes.map(|node| (&node.id, &node.dependencies)).collect();
    let (mut found, mut next) = (HashSet::new(), vec![package]);
    while let Some(id) = next.pop() {
        if found.insert(id.clone()) {
            next.extend(nodes.get(id).into_iter().copied().flatten());
        }
    }
    found
}

/// What one run of cargo has reported.
#[derive(Default)]
struct Run {
    /// The diagnostics of the previous run.
    known: HashSet<String>,
    /// The diagnostics of this run.
    shown: HashSet<String>,
    /// The file of each binary.
    files: BTreeMap<String, Utf8PathBuf>,
    errors: Vec<CompileError>,
}

struct CompileError {
    package: PackageId,
    /// The binary that it is in, if it is not in a library or a build script.
    binary: Option<String>,
    /// Without colors.
    text: String,
}

impl Run {
    fn diagnose(&mut self, message: CompilerMessage) {
        let CompilerMessage { package_id, target, message, .. } = message;
        let text = message.rendered.unwrap_or(message.message);
        if !self.known.contains(&text) {
            terminal::line(text.trim_end());
        }
        if message.level == DiagnosticLevel::Error {
            let binary = target.is_bin().then(|| target.name.clone());
            let text = strip_str(&text).to_string();
            self.errors.push(CompileError { package: package_id, binary, text });
        }
        self.shown.insert(text);
    }
}

impl CompileError {
    /// True if this error is in the binary itself, or in a library that it needs.
    fn concerns(&self, name: &str, binary: &Binary) -> bool {
        match &self.binary {
            Some(other) => other == name && self.package == binary.package,
            None => binary.uses.contains(&self.package),
        }
    }
}
