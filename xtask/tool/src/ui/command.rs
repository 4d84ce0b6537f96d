//! Runs the author's commands in the UI's folder.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Error, Result, anyhow};

use super::variables;

use sixfold_base::{disk, process, terminal};
use sixfold_model::values::CommandLine;
use sixfold_project::plan::Ui;

/// Scripts that need Node.js to run.
pub(crate) const NODE_SCRIPTS: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];

/// Fails if a program that builds the UI is missing, before any long work starts.
pub(crate) fn ready(ui: &Ui) -> Result<()> {
    programs(ui).into_iter().try_for_each(|name| find(name).map(drop))
}

/// The programs that build the UI, including Node.js if it runs one of them.
pub(crate) fn programs(ui: &Ui) -> BTreeSet<&str> {
    let mut names: BTreeSet<_> =
        ui.install.iter().chain([&ui.build]).map(|line| line.program.as_str()).collect();
    if NODE_SCRIPTS.iter().any(|name| names.contains(name)) {
        names.insert("node");
    }
    names
}

/// The full path of a program. On Windows npm is npm.cmd, which starts only by its full name.
fn find(name: &str) -> Result<PathBuf> {
    which::which(name).map_err(|_| {
        let help = match name {
            "yarn" | "pnpm" => format!("install it with `npm install --global {name}`"),
            _ => "install it (Node.js includes node and npm)".to_owned(),
        };
        anyhow!("cannot build the UI: {name} was not found\nhelp: {help}")
    })
}

/// A command of the author, to be run in the UI's folder.
pub(super) fn command(ui: &Ui, line: &CommandLine) -> Result<Command> {
    let mut command = Command::new(find(&line.program)?);
    command.args(&line.args).current_dir(&ui.dir);
    variables::of_author(&mut command);
    if ui.offline {
        command.env("npm_config_offline", "true");
    }
    Ok(command)
}

/// Runs a command of the author: `line`, prepared as `command`. `purpose` completes "cannot …" in the error.
///
/// cargo prints at the same time, so the command's output is shown only if it fails.
pub(super) fn run(ui: &Ui, line: &CommandLine, command: Command, purpose: &str) -> Result<()> {
    let output = process::capture(command, purpose)?;
    if output.status.success() {
        return Ok(());
    }
    let text = output.stdout + &output.stderr;
    terminal::line(&text);
    let mut message = format!(
        "cannot {purpose}: `{line}` in {} failed with {}; its output is above",
        ui.dir, output.status
    );
    if ui.install.is_none() && ui.dir.join("package.json").is_file() {
        message.push_str(
            "\nhelp: no packages were installed, because there is no lock file; add one, or set `install` in \
             [workspace.metadata.extension.ui]",
        );
    }
    let is_ended = output.status.code().is_none();
    let error = if is_ended { Error::new(EndedBySignal(message)) } else { Error::msg(message) };
    Err(disk::after(error, &text))
}

/// The error of a command that a signal ended, for example because another step has failed meanwhile.
#[derive(Debug)]
pub(super) struct EndedBySignal(String);

impl std::error::Error for EndedBySignal {}

impl fmt::Display for EndedBySignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
