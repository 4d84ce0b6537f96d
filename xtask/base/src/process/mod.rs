//! Running other programs. Every child process that may run for long starts here.
//!
//! Running children are recorded, so that an interrupt or a failure can end them and everything they started
//! ([`end_all`]). A [`watchdog`] does the same when this program is killed.
//! The standard output of a child never reaches ours, which carries only what the user asked for.

mod children;
mod group;
mod output;
mod tree;
pub mod watchdog;

use std::convert::Infallible;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read, Write as _};
use std::path::Path;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::heartbeat::Heartbeat;
use crate::terminal;
use children::Children;
pub use group::Group;
use group::PATIENCE;
pub use output::Output;
use output::{read_end, read_text, spell};
use tree::Tree;

static CHILDREN: Children = Children::new(PATIENCE);

/// A running child, for callers that the functions below do not suit. It must be waited for.
#[derive(Clone, Debug)]
pub struct Child(Arc<Tree>);

impl Child {
    /// Starts the command as it is, and makes it one of the children that [`end_all`] ends.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        CHILDREN.spawn(command).map(Self)
    }

    /// Waits for the child. After [`end_all`], also waits for everything it started.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        CHILDREN.wait(&self.0)
    }

    pub fn take_stdin(&self) -> Option<ChildStdin> {
        self.0.take_stdin()
    }

    pub fn take_stdout(&self) -> Option<ChildStdout> {
        self.0.take_stdout()
    }

    pub fn take_stderr(&self) -> Option<ChildStderr> {
        self.0.take_stderr()
    }
}

/// Runs the command and shows its output as it arrives. An exit status other than 0 is an error. `purpose` completes
/// "cannot …" in error messages, here and below.
pub fn show(command: impl Into<Command>, purpose: &str) -> Result<()> {
    let command = command.into();
    let name = spell(&command);
    let status = show_status(command, purpose)?;
    if !status.success() {
        bail!("cannot {purpose}: `{name}` ended with {status}");
    }
    Ok(())
}

/// Like [`show`], but returns the exit status.
pub fn show_status(command: impl Into<Command>, purpose: &str) -> Result<ExitStatus> {
    let mut command = command.into();
    terminal::command(spell(&command));
    // On a terminal, the programs that are run here show their progress.
    let _heartbeat = (!io::stderr().is_terminal()).then(|| heartbeat(&command, purpose));
    command.stdin(Stdio::null()).stdout(std::io::stderr());
    Ok(spawn(command, purpose)?.wait()?)
}

/// Runs the command and returns its exit status and its output.
pub fn capture(command: impl Into<Command>, purpose: &str) -> Result<Output> {
    let command = command.into();
    let _heartbeat = heartbeat(&command, purpose);
    output(&spawn_piped(command, purpose)?)
}

/// The limit of what is kept of the output of a command that may hang, in bytes.
const END: usize = 16 << 20;

/// Like [`capture`], for a command that may hang, or print without end: only the end of a long output is kept. Returns `None` if
/// the command had to be ended after `patience`.
pub fn capture_within(
    command: impl Into<Command>,
    purpose: &str,
    patience: Duration,
) -> Result<Option<Output>> {
    let command = command.into();
    let _heartbeat = heartbeat(&command, purpose);
    let child = spawn_piped(command, purpose)?;
    let (done, over) = mpsc::channel::<()>();
    let watch = std::thread::spawn({
        let child = child.clone();
        move || {
            let is_late = over.recv_timeout(patience) == Err(RecvTimeoutError::Timeout);
            if is_late {
                child.0.ask();
                child.0.kill();
            }
            is_late
        }
    });
    let output = output_of(&child, |pipe| read_end(pipe, END));
    drop(done);
    let is_late = watch.join().unwrap_or_default();
    Ok(if is_late { None } else { Some(output?) })
}

/// Runs the command and returns its standard output. An exit status other than 0 is an error, which contains the end of
/// standard error.
pub fn read(command: impl Into<Command>, purpose: &str) -> Result<String> {
    let command = command.into();
    let name = spell(&command);
    let output = capture(command, purpose)?;
    if !output.status.success() {
        bail!("cannot {purpose}: `{name}` ended with {}\n{}", output.status, output.tail());
    }
    Ok(output.stdout)
}

/// Runs the command, shows its standard error as it arrives, and passes each line of its standard output to `each`. The
/// command gets `input` on its standard input, and must read all of it before it prints anything.
pub fn stream(
    command: impl Into<Command>,
    input: &str,
    purpose: &str,
    each: impl FnMut(&str) -> Result<()>,
) -> Result<ExitStatus> {
    let command = command.into();
    let _heartbeat = heartbeat(&command, purpose);
    stream_reporting_itself(command, input, purpose, each)
}

/// The same for a command that says itself, or whose caller says, that it is still running.
pub fn stream_reporting_itself(
    mut command: Command,
    input: &str,
    purpose: &str,
    mut each: impl FnMut(&str) -> Result<()>,
) -> Result<ExitStatus> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let child = spawn(command, purpose)?;
    // The exit status of a child that does not read says why.
    let _ = child.take_stdin().map(|mut stdin| stdin.write_all(input.as_bytes()));
    for line in child.take_stdout().map(BufReader::new).into_iter().flat_map(BufReader::lines) {
        each(&line.with_context(|| format!("cannot {purpose}: the output is not valid UTF-8"))?)?;
    }
    Ok(child.wait()?)
}

/// Replaces this process by the command, which takes over input, output, interrupts and the exit code. Windows cannot
/// replace a process: there this waits for the command and exits with its code.
pub fn hand_over(mut command: Command, purpose: &str) -> Result<Infallible> {
    let failed = |command: &Command| {
        format!("cannot {purpose}: cannot start {}", command.get_program().to_string_lossy())
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

/// Ends every running child and everything the children started, and returns when they are gone. Afterwards no child can
/// be started. Called on an interrupt, after a failure, and at the end of the program.
pub fn end_all() {
    CHILDREN.end_all();
}

/// A process outside the terminal's foreground group is stopped when it reads from the terminal, and would then wait
/// forever. After this call such a process, here or in a child, gets an error instead.
pub fn never_stop_for_the_terminal() {
    #[cfg(unix)]
    {
        use nix::sys::signal::{SigHandler, Signal, signal};
        for stop in [Signal::SIGTTIN, Signal::SIGTTOU] {
            // SAFETY: ignoring a signal runs no code.
            let _ = unsafe { signal(stop, SigHandler::SigIgn) };
        }
    }
}

/// Says from time to time that the command is still running.
fn heartbeat(command: &Command, purpose: &str) -> Heartbeat {
    let program = Path::new(command.get_program()).file_stem().unwrap_or_default().to_string_lossy();
    let what = format!("for {program} to {purpose}");
    Heartbeat::start(move || what.clone())
}

fn spawn(mut command: Command, purpose: &str) -> Result<Child> {
    let program = command.get_program().to_string_lossy().into_owned();
    Child::spawn(&mut command).with_context(|| format!("cannot {purpose}: cannot start {program}"))
}

fn spawn_piped(mut command: Command, purpose: &str) -> Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    spawn(command, purpose)
}

/// Waits for the child and returns what it printed.
fn output(child: &Child) -> Result<Output> {
    output_of(child, |pipe| read_text(pipe))
}

fn output_of(child: &Child, read: fn(&mut dyn Read) -> String) -> Result<Output> {
    let stderr = child.take_stderr();
    let errors = std::thread::spawn(move || stderr.map(|mut pipe| read(&mut pipe)).unwrap_or_default());
    let stdout = child.take_stdout().map(|mut pipe| read(&mut pipe)).unwrap_or_default();
    let status = child.wait()?;
    Ok(Output { status, stdout, stderr: errors.join().unwrap_or_default() })
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
    fn a_command_that_hangs_is_ended_with_everything_it_started() {
        let hangs = sh("sleep 300 & echo begun; wait");
        let output = capture_within(hangs, "try", Duration::from_millis(300)).unwrap();
        assert!(output.is_none());
        let output = capture_within(sh("echo done"), "try", Duration::from_secs(60)).unwrap();
        assert_eq!(output.unwrap().stdout, "done\n");
    }

    #[test]
    fn of_a_long_output_only_the_end_is_kept() {
        let text = vec![b'a'; 1000].into_iter().chain(*b"the end").collect::<Vec<_>>();
        assert_eq!(read_end(&text[..], 7), "the end".to_owned());
        assert_eq!(read_end(&text[..], 2000).len(), 1007);
        let endless = sh("head -c 100000000 /dev/zero; echo end");
        let output = capture_within(endless, "try", Duration::from_secs(60)).unwrap().unwrap();
        assert!(output.stdout.ends_with("end\n") && output.stdout.len() < 2 * END);
    }
}
