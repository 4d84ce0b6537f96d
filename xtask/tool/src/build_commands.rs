//! Runs the commands of the author that build host binaries.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Result, anyhow, bail, ensure};
use fs_err as fs;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::terminal;
use sixfold_model::digest::Digest;
use sixfold_project::plan::BuildCommand;

use crate::author_command;
use crate::fingerprint::Fingerprint;

/// Runs the commands one after the other, because they may share files and caches. Skips those whose inputs and outputs are
/// those of the last run, if the configuration names the inputs.
///
/// Fails if a program is missing, if a command fails (then its whole output is shown), and if it does not write its files.
pub(crate) fn run(commands: &[BuildCommand], dist: &DistFolder) -> Result<()> {
    commands.iter().try_for_each(|command| build(command, dist))
}

fn build(command: &BuildCommand, dist: &DistFolder) -> Result<()> {
    let start = Instant::now();
    let line = &command.run.command;
    let record = format!("{}.built", Digest::of(description(command)?.as_bytes()).hex());
    let inputs = inputs(command)?;
    if let (Some(inputs), Some(outputs)) = (&inputs, outputs(command)?)
        && fs::read_to_string(dist.join(&record)).is_ok_and(|text| text == format!("{inputs}\n{outputs}"))
    {
        terminal::step("Fresh", format_args!("{} by `{line}`", command.binary));
        return Ok(());
    }
    terminal::step("Building", format_args!("{} with `{line}`", command.binary));
    execute(command)?;
    let Some(outputs) = outputs(command)? else { bail!(missing(command)) };
    if let Some(inputs) = inputs {
        dist.write(&record, format!("{inputs}\n{outputs}").as_bytes())?;
    }
    terminal::step("Built", format_args!("{} in {}", command.binary, terminal::elapsed(start)));
    Ok(())
}

/// Fails if the program of a command is missing, before any long work starts.
pub(crate) fn ready(commands: &[BuildCommand]) -> Result<()> {
    commands.iter().try_for_each(|command| find(command).map(drop))
}

fn find(build: &BuildCommand) -> Result<PathBuf> {
    let name = &build.run.command.program;
    author_command::locate(name, &build.root).map_err(|(why, how)| {
        anyhow!("cannot build {}: {why}\nhelp: {how}, or change `build` in {}", build.binary, build.table)
    })
}

fn execute(build: &BuildCommand) -> Result<()> {
    let line = &build.run.command;
    let mut command = Command::new(find(build)?);
    author_command::in_environment_of_author(&mut command);
    command.args(&line.args).envs(&build.run.env).current_dir(&build.root);
    let help = format!("correct the error, or change `build` in {}", build.table);
    author_command::run(line, command, &build.root, &format!("build {}", build.binary), Some(&help))
}

/// The command with everything that the configuration says about it.
fn description(command: &BuildCommand) -> Result<String> {
    Ok(serde_json::to_string(command)?)
}

/// A digest of what the command reads, if that is known.
fn inputs(command: &BuildCommand) -> Result<Option<Digest>> {
    let Some(paths) = &command.run.inputs else { return Ok(None) };
    let mut inputs = Fingerprint::default();
    inputs.text(&description(command)?);
    inputs.text(&author_command::variables_of_build());
    // Another compiler may build something else.
    inputs.path(&find(command)?)?;
    for path in paths {
        let path = command.root.join(path);
        ensure!(
            path.exists(),
            "cannot build {}: its input {path} does not exist\nhelp: add it, or correct `inputs` in {}",
            command.binary,
            command.table
        );
        inputs.path(path.as_std_path())?;
    }
    Ok(Some(inputs.finish()))
}

/// A digest of what the command has written. `None` if a file is missing.
fn outputs(command: &BuildCommand) -> Result<Option<Digest>> {
    let mut outputs = Fingerprint::default();
    for path in &command.outputs {
        if !path.is_file() {
            return Ok(None);
        }
        outputs.path(path.as_std_path())?;
    }
    Ok(Some(outputs.finish()))
}

fn missing(command: &BuildCommand) -> String {
    let files = command.outputs.iter().filter(|path| !path.is_file());
    let files: Vec<_> = files.map(|path| path.as_str()).collect();
    format!(
        "`{}` did not write {}\nhelp: correct `path` or `build` in {}",
        command.run.command,
        files.join(" and "),
        command.table
    )
}
