//! Builds the UI with the author's command, unless nothing that the build reads has changed.

mod command;
mod environment;
mod local_packages;
mod packages;

use std::time::Instant;

use anyhow::{Result, bail, ensure};
use fs_err as fs;

use environment::Environment;
use packages::Packages;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::terminal;
use sixfold_model::config_file::CONFIG;
use sixfold_model::digest::Digest;
use sixfold_model::values::CommandLine;
use sixfold_project::plan::Ui;

use crate::author_command::EndedBySignal;
use crate::fingerprint::Fingerprint;

pub(crate) use command::{NODE_SCRIPTS, programs, ready};

/// The file in the dist folder with the fingerprints of the last build's inputs and of its output.
const BUILT: &str = "ui.built";

/// Brings the output of the UI's build up to date.
///
/// Fails if a program is missing, if the build fails (then its whole output is shown), and if it leaves no output.
pub(crate) fn run(ui: &Ui, dist: &DistFolder) -> Result<()> {
    let Some(command) = &ui.build else { return exists(ui) };
    let start = Instant::now();
    let environment = Environment::of(ui)?;
    if ui.output.is_dir() && is_fresh(ui, dist, &environment)? {
        terminal::step("Fresh", format_args!("UI in {}", ui.output));
        return Ok(());
    }
    terminal::step("Building", format_args!("the UI with `{command}`"));
    let inputs = build(ui, command, dist, &environment)?;
    if !ui.output.is_dir() {
        bail!(
            "`{command}` did not create the folder {}\nhelp: change `output` in {}",
            ui.output,
            CONFIG.table("ui")
        );
    }
    dist.write(BUILT, format!("{inputs}\n{}", output_digest(ui)?).as_bytes())?;
    terminal::step("Built", format_args!("the UI in {}", terminal::elapsed(start)));
    Ok(())
}

/// Fails if a UI that needs no build is missing.
fn exists(ui: &Ui) -> Result<()> {
    ensure!(
        ui.output.is_dir(),
        "the folder {} does not exist\nhelp: change `output` in {}",
        ui.output,
        CONFIG.table("ui")
    );
    Ok(())
}

/// Installs the UI's packages, unless they are up to date.
pub(crate) fn install(ui: &Ui, dist: &DistFolder) -> Result<()> {
    packages::install(ui, dist, &Environment::of(ui)?).map(drop)
}

fn is_fresh(ui: &Ui, dist: &DistFolder, environment: &Environment) -> Result<bool> {
    let Ok(remembered) = fs::read_to_string(dist.join(BUILT)) else { return Ok(false) };
    Ok(remembered == format!("{}\n{}", inputs(ui, dist, environment)?, output_digest(ui)?))
}

/// Installs packages and builds. A build that fails with packages of an earlier run gets a second attempt with packages
/// installed anew. Returns the fingerprint of what was built.
fn build(ui: &Ui, line: &CommandLine, dist: &DistFolder, environment: &Environment) -> Result<Digest> {
    let attempt = || {
        // Before the build: a file that changes meanwhile must count as changed. After the installation: it links packages.
        let inputs = inputs(ui, dist, environment)?;
        command::run(ui, line, command::command(ui, line)?, "build the UI").map(|()| inputs)
    };
    let packages = packages::install(ui, dist, environment)?;
    let first = attempt();
    let is_retried = first.as_ref().is_err_and(|error| error.downcast_ref::<EndedBySignal>().is_none());
    if !is_retried || packages == Packages::Current || ui.offline {
        return first;
    }
    terminal::note("the build failed with the packages of an earlier run: installing them again");
    packages::reinstall(ui, dist, environment)?;
    attempt().inspect_err(|_| packages::not_the_cause(ui, dist, environment))
}

/// The fingerprint of everything that the build may read.
fn inputs(ui: &Ui, dist: &DistFolder, environment: &Environment) -> Result<Digest> {
    let mut inputs = Fingerprint::of_sources(ui, dist);
    inputs.text(&ui.build.iter().map(ToString::to_string).collect::<String>());
    inputs.text(environment.for_build());
    inputs.path(ui.dir.as_std_path())?;
    for package in local_packages::find(&ui.dir) {
        inputs.path(&package.path)?;
    }
    for file in packages::manifests(&ui.dir) {
        inputs.path(&file)?;
    }
    inputs.references()?;
    Ok(inputs.finish())
}

fn output_digest(ui: &Ui) -> Result<Digest> {
    let mut output = Fingerprint::default();
    output.path(ui.output.as_std_path())?;
    Ok(output.finish())
}
