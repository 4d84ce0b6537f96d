//! Runs the commands of the configuration, in the environment of the author.

use std::fmt::{self, Write as _};
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Error, Result};
use camino::Utf8Path;

use sixfold_base::{disk, process, terminal};
use sixfold_model::values::CommandLine;

/// Prefixes of variables that cargo sets for the program that `cargo xtask` runs: they describe xtask, and no UI.
const OF_CARGO: [&str; 2] = ["CARGO_PKG_", "CARGO_MANIFEST_"];

/// Variables of the shell and the terminal, which differ between two runs of the same user. A build gets them, but what it
/// makes does not depend on them.
const SESSION: [&str; 16] = [
    "_",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "TERM",
    "COLORTERM",
    "COLUMNS",
    "LINES",
    "LS_COLORS",
    "WINDOWID",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "STY",
    "INVOCATION_ID",
    "JOURNAL_STREAM",
];
const SESSION_PREFIXES: [&str; 9] =
    ["TERM_", "TMUX", "SSH_", "GPG_", "DBUS_", "XDG_SESSION_", "VSCODE_", "KITTY_", "WT_"];

/// True for a variable that cargo has added.
fn is_of_cargo(name: &str) -> bool {
    OF_CARGO.iter().any(|prefix| name.starts_with(prefix))
}

/// Gives a command the environment of the author: without what cargo has added for the tool.
pub(crate) fn in_environment_of_author(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if is_of_cargo(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
}

/// The full path of a program, which may be a file of the project, whose root this is. Otherwise why it cannot be run, and what to
/// do about it.
pub(crate) fn locate(program: &str, root: &Utf8Path) -> Result<PathBuf, (String, &'static str)> {
    let found = which::which_in(program, std::env::var_os("PATH"), root);
    found.map_err(|_| match program.contains('/') && root.join(program).exists() {
        true => (format!("{program} is not an executable file"), "make it executable"),
        false => (format!("{program} was not found"), "install it"),
    })
}

/// The variables that a build may read, one in each line, in order.
pub(crate) fn variables_of_build() -> String {
    variables(is_for_build)
}

/// A build may read any variable, under a name that only its code knows.
fn is_for_build(name: &str) -> bool {
    let is_of_session =
        SESSION.contains(&name) || SESSION_PREFIXES.iter().any(|prefix| name.starts_with(prefix));
    !is_of_session && !is_of_cargo(name)
}

/// The selected variables, one in each line, in order.
pub(crate) fn variables(selected: fn(&str) -> bool) -> String {
    let mut all: Vec<_> = std::env::vars_os()
        .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
        .filter(|(name, _)| selected(name))
        .collect();
    all.sort();
    all.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name}={value:?}");
        text
    })
}

/// Runs `line`, prepared as `command`, in `folder`. `purpose` completes "cannot …" in the error.
///
/// cargo prints at the same time, so the command's output is shown only if it fails.
pub(crate) fn run(
    line: &CommandLine,
    command: Command,
    folder: &Utf8Path,
    purpose: &str,
    help: Option<&str>,
) -> Result<()> {
    let output = process::capture(command, purpose)?;
    if output.status.success() {
        return Ok(());
    }
    let text = output.stdout + &output.stderr;
    terminal::line(&text);
    let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    let status = output.status;
    let message =
        format!("cannot {purpose}: `{line}` in {folder} failed with {status}; its output is above{help}");
    let error =
        if status.code().is_none() { Error::new(EndedBySignal(message)) } else { Error::msg(message) };
    Err(disk::after(error, &text))
}

/// The error of a command that a signal ended, for example because another step has failed meanwhile.
#[derive(Debug)]
pub(crate) struct EndedBySignal(String);

impl std::error::Error for EndedBySignal {}

impl fmt::Display for EndedBySignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
