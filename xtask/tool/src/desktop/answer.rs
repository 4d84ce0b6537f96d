//! Asks a desktop which extensions it has.

use std::time::Duration;

use anyhow::Result;
use xshell::Cmd;

use super::installer::Installer;
use sixfold_base::{process, terminal};

/// How long a running desktop may take to respond.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The answer of a desktop. An error is a text for people that ends with a line `help: …`.
#[derive(Debug)]
pub(super) enum Answer {
    /// Its table of extensions.
    Listing(String),
    /// It is installed and does not respond.
    NotRunning(String),
    /// It is not installed.
    NotInstalled(String),
}

/// Runs the command that lists the extensions of a desktop. A desktop that is starting or asleep may never respond, so the
/// command has a time limit. `failed` turns the output of a failed command into an answer.
pub(super) fn ask(
    installer: Installer,
    command: Cmd<'_>,
    failed: impl FnOnce(&process::Output) -> Answer,
) -> Result<Answer> {
    let name = installer.name();
    terminal::step("Asking", format_args!("{name} for its extensions"));
    let Some(output) = process::capture_within(command, "ask the desktop for its extensions", TIMEOUT)?
    else {
        return Ok(Answer::NotRunning(format!(
            "{name} did not respond within {} seconds\nhelp: restart it, and wait until it says that it is running",
            TIMEOUT.as_secs()
        )));
    };
    if output.status.success() { Ok(Answer::Listing(output.stdout)) } else { Ok(failed(&output)) }
}
