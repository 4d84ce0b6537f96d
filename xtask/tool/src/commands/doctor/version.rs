//! Asks a program for its version.

use std::process::Command;

use camino::Utf8Path;

use sixfold_base::process;

/// The first line that the program prints; `None` if it is not installed or fails.
pub(super) fn version(folder: &Utf8Path, name: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(which::which(name).ok()?);
    command.args(args).current_dir(folder);
    let output = process::capture(command, "ask for a version").ok()?;
    let line = output.stdout.lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(line)
}
