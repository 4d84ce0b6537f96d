//! Running other programs: every child process that may run for long starts here.
//!
//! Children are remembered while they run, so that an interrupt or a failure ends them, and all that they have started.
//! A [`warden`] does the same when the tool itself is killed.
//! Their standard output never reaches ours, which carries only what the user asked for.

mod children;
#[cfg(unix)]
mod group;
mod tree;
pub mod warden;

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use xshell::Cmd;

use crate::terminal;
use children::Children;
use tree::Tree;
pub use tree::never_stop_for_the_terminal;

/// How long those that are asked to end may take: docker needs a moment to cancel a build; a shell that sent Ctrl-C does
/// not want to wait for long.
const PATIENCE: Duration = Duration::from_secs(5);

static CHILDREN: Children = Children::new(PATIENCE);

/// What a captured child left behind.
pub struct Output {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Output {
    /// The last lines of what it said, for an error message.
    pub fn tail(&self) -> String {
        let text = if self.stderr.trim().is_empty() { &self.stdout } else { &self.stderr };
        let lines: Vec<_> = text.trim_end().lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

/// Runs the command with its output shown as it comes. `purpose` completes "cannot …" in the error.
pub fn show(cmd: Cmd<'_>, purpose: &str) -> Result<()> {
    let name = cmd.to_string();
    let status = show_status(cmd, purpose)?;
    match status.success() {
        true => Ok(()),
        false => bail!("cannot {purpose}: `{name}` ended with {status}"),
    }
}

/// The same; a failure of the program itself is left to the caller to tell.
pub fn show_status(cmd: Cmd<'_>, purpose: &str) -> Result<ExitStatus> {
    terminal::command(&cmd);
    let mut command = Command::from(cmd);
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    wait(&spawn(command, purpose)?)
}

/// Runs the command and keeps what it prints; a failure of the program itself is left to the caller to judge.
pub fn capture(cmd: Cmd<'_>, purpose: &str) -> Result<Output> {
    capture_command(cmd.into(), purpose)
}

/// The same, for a command that has been handed to another thread.
pub fn capture_command(mut command: Command, purpose: &str) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    output(&spawn(command, purpose)?)
}

/// What the child prints until it ends.
fn output(child: &Arc<Tree>) -> Result<Output> {
    let stderr = child.take_stderr();
    let errors = std::thread::spawn(move || stderr.map(read_text).unwrap_or_default());
    let stdout = child.take_stdout().map(read_text).unwrap_or_default();
    let status = wait(child)?;
    Ok(Output { status, stdout, stderr: errors.join().unwrap_or_default() })
}

/// The same, for a command that may hang: `None` once `patience` is over, when it has been ended.
pub fn capture_within(cmd: Cmd<'_>, purpose: &str, patience: Duration) -> Result<Option<Output>> {
    let mut command = Command::from(cmd);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = spawn(command, purpose)?;
    let (done, over) = mpsc::channel::<()>();
    let watch = std::thread::spawn({
        let child = child.clone();
        move || {
            let is_late = over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            if is_late {
                child.ask();
                child.kill();
            }
            is_late
        }
    });
    let output = output(&child);
    drop(done);
    let is_late = watch.join().unwrap_or_default();
    Ok(if is_late { None } else { Some(output?) })
}

/// Runs the command and returns its standard output; fails with what it said on standard error.
pub fn read(cmd: Cmd<'_>, purpose: &str) -> Result<String> {
    let name = cmd.to_string();
    let output = capture(cmd, purpose)?;
    match output.status.success() {
        true => Ok(output.stdout),
        false => bail!("cannot {purpose}: `{name}` ended with {}\n{}", output.status, output.tail()),
    }
}

/// Runs the command with its errors shown as they come, and hands each line of its standard output to `each`.
pub fn stream(cmd: Cmd<'_>, purpose: &str, each: impl FnMut(&str) -> Result<()>) -> Result<ExitStatus> {
    converse(cmd.into(), "", purpose, each)
}

/// The same, for a command that reads `input` to its end before it says anything.
pub fn converse(
    mut command: Command,
    input: &str,
    purpose: &str,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<ExitStatus> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let child = spawn(command, purpose)?;
    // A child that ends without reading says why by its exit status.
    let _ = child.take_stdin().map(|mut stdin| stdin.write_all(input.as_bytes()));
    for line in child.take_stdout().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
        each(&line.with_context(|| format!("cannot {purpose}: its output is not text"))?)?;
    }
    wait(&child)
}

/// Leaves this process to the command: input, output, interrupts and exit code. Where the system cannot replace one
/// program by another, this waits for its end and exits with its code.
pub fn hand_over(mut command: Command, purpose: &str) -> Result<bool> {
    let failed = |command: &Command| {
        format!("cannot {purpose}: {} does not start", command.get_program().to_string_lossy())
    };
    #[cfg(unix)]
    {
        let error = std::os::unix::process::CommandExt::exec(&mut command);
        Err(error).with_context(|| failed(&command))
    }
    #[cfg(not(unix))]
    {
        let status = command.status().with_context(|| failed(&command))?;
        std::process::exit(status.code().unwrap_or(1))
    }
}

/// Ends every child that is still running, with all that it has started, and returns when they are gone. From then on
/// nothing starts any more: called on an interrupt, after a failure, and at the end.
pub fn end_all() {
    CHILDREN.end_all();
}

fn spawn(mut command: Command, purpose: &str) -> Result<Arc<Tree>> {
    let program = command.get_program().to_string_lossy().into_owned();
    CHILDREN.spawn(&mut command).with_context(|| format!("cannot {purpose}: {program} does not start"))
}

fn wait(child: &Arc<Tree>) -> Result<ExitStatus> {
    Ok(CHILDREN.wait(child)?)
}

fn read_text(mut from: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read before an error is all there is to show.
    let _ = from.read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(all(test, unix))]
mod tests {
    use xshell::{Shell, cmd};

    use super::*;

    #[test]
    fn a_command_that_hangs_is_given_up_with_all_that_it_started() {
        let sh = Shell::new().unwrap();
        let hangs = "sleep 300 & echo begun; wait";
        let output = capture_within(cmd!(sh, "sh -c {hangs}"), "try", Duration::from_millis(300)).unwrap();
        assert!(output.is_none());
        let output = capture_within(cmd!(sh, "echo done"), "try", Duration::from_secs(60)).unwrap();
        assert_eq!(output.unwrap().stdout, "done\n");
    }
}
