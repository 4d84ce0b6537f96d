//! Asks a program for its version.

use xshell::{Shell, cmd};

use sixfold_base::process;

/// The first line that the program prints; `None` if it is not installed or fails.
pub(super) fn version(sh: &Shell, name: &str, args: &[&str]) -> Option<String> {
    let program = which::which(name).ok()?;
    let output = process::capture(cmd!(sh, "{program} {args...}"), "ask for a version").ok()?;
    let line = output.stdout.lines().next().unwrap_or_default().to_owned();
    output.status.success().then_some(line)
}
