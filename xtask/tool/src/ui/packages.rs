//! Installs the UI's packages, unless they are up to date.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use camino::Utf8Path;
use fs_err as fs;

use super::command;
use super::environment::Environment;
use super::local_packages;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::process;
use sixfold_model::values::CommandLine;
use sixfold_project::plan::{Ui, package_roots};

use crate::fingerprint::Fingerprint;

/// The file in the dist folder with the fingerprint of the installed packages.
const INSTALLED: &str = "ui.installed";
/// Added to the fingerprint when a build has failed with packages that had just been installed.
const NOT_THE_CAUSE: &str = "\nnot the cause of a failed build";
const PURPOSE: &str = "install the packages of the UI";

/// Whether a build that fails now may fail because of its packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packages {
    /// They were installed just now, or have been ruled out as the cause, or the tool does not install them.
    Current,
    /// They are those of an earlier run.
    Kept,
}

/// Installs packages if manifests, lock files, local packages, settings or the environment have changed since the last time.
pub(super) fn install(ui: &Ui, dist: &DistFolder, environment: &Environment) -> Result<Packages> {
    if ui.install.is_none() {
        return Ok(Packages::Current);
    }
    if let Ok(remembered) = fs::read_to_string(dist.join(INSTALLED))
        && !local_packages::node_modules(&ui.dir).is_empty()
        && let Some(rest) = remembered.strip_prefix(&fingerprint(ui, dist, environment)?)
    {
        return Ok(if rest.is_empty() { Packages::Kept } else { Packages::Current });
    }
    reinstall(ui, dist, environment)?;
    Ok(Packages::Current)
}

/// Installs packages in any case.
pub(super) fn reinstall(ui: &Ui, dist: &DistFolder, environment: &Environment) -> Result<()> {
    let Some(line) = &ui.install else { return Ok(()) };
    // After an interrupted installation, the next run must not find the old fingerprint.
    dist.forget(INSTALLED)?;
    // A lock file pins versions, so npm's cache may be of any age. Asking the registry about each package would take longer
    // than unpacking it. If that fails, the cache lacks a package.
    let is_pinned = line.program == "npm" && line.args.first().is_some_and(|verb| verb == "ci");
    if ui.offline || !is_pinned || !installs_from_cache(ui, line)? {
        command::run(ui, line, installation(ui, line)?, PURPOSE)?;
    }
    dist.write(INSTALLED, fingerprint(ui, dist, environment)?.as_bytes())?;
    Ok(())
}

/// Remembers that a build failed although its packages had just been installed, so that the next one that fails does not
/// install them again.
pub(super) fn not_the_cause(ui: &Ui, dist: &DistFolder, environment: &Environment) {
    if let Ok(fingerprint) = fingerprint(ui, dist, environment) {
        // The build's own error is more important than this one.
        let _ = dist.write(INSTALLED, format!("{fingerprint}{NOT_THE_CAUSE}").as_bytes());
    }
}

fn installs_from_cache(ui: &Ui, line: &CommandLine) -> Result<bool> {
    let mut command = installation(ui, line)?;
    command.env("npm_config_prefer_offline", "true");
    Ok(process::capture(command, PURPOSE)?.status.success())
}

/// The author's command. It installs development dependencies too, which build the UI: NODE_ENV=production or npm's setting
/// `omit` would leave them out.
fn installation(ui: &Ui, line: &CommandLine) -> Result<Command> {
    let mut command = command::command(ui, line)?;
    command.env_remove("NODE_ENV").env("npm_config_include", "dev");
    Ok(command)
}

fn fingerprint(ui: &Ui, dist: &DistFolder, environment: &Environment) -> Result<String> {
    let mut fingerprint = Fingerprint::of_sources(ui, dist);
    fingerprint.text(&ui.install.as_ref().map(ToString::to_string).unwrap_or_default());
    fingerprint.text(environment.for_installation());
    for file in manifests(&ui.dir) {
        fingerprint.path(&file)?;
    }
    for package in local_packages::find(&ui.dir) {
        let manifest = package.path.join("package.json");
        fingerprint.path(if package.linked && manifest.is_file() { &manifest } else { &package.path })?;
    }
    Ok(fingerprint.finish().to_string())
}

/// The files that decide which packages are installed, and npm's list of those that are: in the UI's folder, and in the
/// roots of workspaces above it.
pub(super) fn manifests(dir: &Utf8Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = package_roots(dir).flat_map(manifests_in).collect();
    files.sort();
    files
}

fn manifests_in(root: &Utf8Path) -> Vec<PathBuf> {
    let is_manifest = |name: &str| {
        matches!(name, "package.json" | ".npmrc" | ".yarnrc" | ".yarnrc.yml" | "pnpm-workspace.yaml")
            || name.contains("lock")
    };
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    let named = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_manifest));
    let installed = root.join("node_modules").join(".package-lock.json");
    let files = named.map(|entry| entry.path()).chain([installed.into()]);
    files.filter(|path| path.is_file()).collect()
}
