//! Runs the author's commands in the UI's folder.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, anyhow};

use sixfold_model::config_file::CONFIG;
use sixfold_model::values::CommandLine;
use sixfold_project::plan::Ui;

use crate::author_command;

/// Scripts that need Node.js to run.
pub(crate) const NODE_SCRIPTS: [&str; 4] = ["npm", "npx", "pnpm", "yarn"];

/// Fails if a program that builds the UI is missing, before any long work starts.
pub(crate) fn ready(ui: &Ui) -> Result<()> {
    programs(ui).into_iter().try_for_each(|name| find(name).map(drop))
}

/// The programs that build the UI, including Node.js if it runs one of them.
pub(crate) fn programs(ui: &Ui) -> BTreeSet<&str> {
    let mut names: BTreeSet<_> =
        ui.install.iter().chain(&ui.build).map(|line| line.program.as_str()).collect();
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
    author_command::in_environment_of_author(&mut command);
    if ui.offline {
        command.env("npm_config_offline", "true");
    }
    Ok(command)
}

/// Runs a command of the author: `line`, prepared as `command`. `purpose` completes "cannot …" in the error.
pub(super) fn run(ui: &Ui, line: &CommandLine, command: Command, purpose: &str) -> Result<()> {
    let is_uninstalled = ui.install.is_none() && ui.dir.join("package.json").is_file();
    let help = is_uninstalled.then(|| {
        let table = CONFIG.table("ui");
        format!(
            "no packages were installed, because there is no lock file; add one, or set `install` in {table}"
        )
    });
    author_command::run(line, command, &ui.dir, purpose, help.as_deref())
}
