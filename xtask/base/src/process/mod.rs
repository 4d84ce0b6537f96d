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

use crate::terminal;
use anyhow::{Context as _, Result, bail};
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

/// The command as people would type it.
pub fn spell(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let quoted = words.map(|word| {
        let word = word.to_string_lossy();
        if word.contains(|c: char| c.is_ascii_whitespace()) {
            format!("\"{}\"", word.escape_default())
        } else {
            word.into_owned()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Runs the command with its output shown as it comes. `purpose` completes "cannot …" in the error.
pub fn show(command: impl Into<Command>, purpose: &str) -> Result<()> {
    let command = command.into();
    let name = spell(&command);
    let status = show_status(command, purpose)?;
    if !status.success() {
        bail!("cannot {purpose}: `{name}` ended with {status}");
    }
    Ok(())
}

/// The same; a failure of the program itself is left to the caller to tell.
pub fn show_status(command: impl Into<Command>, purpose: &str) -> Result<ExitStatus> {
    let mut command = command.into();
    terminal::command(spell(&command));
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    wait(&spawn(command, purpose)?)
}

/// Runs the command and keeps what it prints; a failure of the program itself is left to the caller to judge.
pub fn capture(command: impl Into<Command>, purpose: &str) -> Result<Output> {
    output(&spawn_piped(command.into(), purpose)?)
}

/// The same, for a command that may hang: `None` once `patience` is over, when it has been ended.
pub fn capture_within(
    command: impl Into<Command>,
    purpose: &str,
    patience: Duration,
) -> Result<Option<Output>> {
    let child = spawn_piped(command.into(), purpose)?;
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
pub fn read(command: impl Into<Command>, purpose: &str) -> Result<String> {
    let command = command.into();
    let name = spell(&command);
    let output = capture(command, purpose)?;
    if !output.status.success() {
        bail!("cannot {purpose}: `{name}` ended with {}\n{}", output.status, output.tail());
    }
    Ok(output.stdout)
}

/// Runs the command with its errors shown as they come, and hands each line of its standard output to `each`. The command
/// gets `input` on its standard input, and reads it to the end before it prints anything.
pub fn stream(
    command: impl Into<Command>,
    input: &str,
    purpose: &str,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<ExitStatus> {
    let mut command = command.into();
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

fn spawn_piped(mut command: Command, purpose: &str) -> Result<Arc<Tree>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    spawn(command, purpose)
}

/// What the child prints until it ends.
fn output(child: &Arc<Tree>) -> Result<Output> {
    let stderr = child.take_stderr();
    let errors = std::thread::spawn(move || stderr.map(read_text).unwrap_or_default());
    let stdout = child.take_stdout().map(read_text).unwrap_or_default();
    let status = wait(child)?;
    Ok(Output { status, stdout, stderr: errors.join().unwrap_or_default() })
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
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_command_that_hangs_is_given_up_with_all_that_it_started() {
        let hangs = sh("sleep 300 & echo begun; wait");
        let output = capture_within(hangs, "try", Duration::from_millis(300)).unwrap();
        assert!(output.is_none());
        let output = capture_within(sh("echo done"), "try", Duration::from_secs(60)).unwrap();
        assert_eq!(output.unwrap().stdout, "done\n");
    }
}
