//! Runs a program until it ends or a deadline passes: a test that waits forever reports nothing.
//!
//! Output goes to files instead of pipes. A background process that inherits a pipe (wine starts several) would keep the
//! reader waiting long after the program itself has ended.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::NamedTempFile;

/// Longer than any command takes on a busy machine with two cores where nothing is built yet.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// The result of a program.
#[derive(Debug)]
pub(crate) struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Asserts that it succeeded.
    #[track_caller]
    pub(crate) fn succeeded(self) -> Finished {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }

    /// Asserts that it ended with this exit code and wrote each of the words to stderr, which is returned.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in: {}", self.stderr);
        }
        self.stderr
    }
}

/// A running program in its own process group. Dropping it kills the group.
pub(crate) struct Running {
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let [stdout, stderr] = [NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap()];
        command.stdin(Stdio::null()).stdout(stdout.reopen().unwrap()).stderr(stderr.reopen().unwrap());
        let child = command
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        Running { child, stdout, stderr }
    }

    /// What it has written to stderr so far.
    pub(crate) fn stderr(&self) -> String {
        content(&self.stderr)
    }

    /// Waits until it has written this to stderr. Panics if it ends or takes too long.
    #[track_caller]
    pub(crate) fn wait_for_output(&mut self, word: &str) {
        self.wait_until(|running| running.stderr().contains(word));
    }

    /// Waits until the condition holds. Panics if the program ends or takes too long.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, condition: impl Fn(&Running) -> bool) {
        let start = Instant::now();
        while !condition(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && start.elapsed() < DEADLINE, "it has written: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub(crate) fn finish(mut self) -> Finished {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < DEADLINE, "still running: {}", self.stderr());
            std::thread::sleep(Duration::from_millis(10));
        };
        Finished { status, stdout: content(&self.stdout), stderr: content(&self.stderr) }
    }

    /// Sends a signal to the program, or to its whole group as a terminal does.
    pub(crate) fn signal(&self, signal: Signal, to_group: bool) {
        let pid = Pid::from_child(&self.child);
        let sent = if to_group { kill_process_group(pid, signal) } else { kill_process(pid, signal) };
        sent.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal(Signal::KILL, true);
            let _ = self.child.wait();
        }
    }
}

pub(crate) fn run(command: &mut Command) -> Finished {
    Running::start(command).finish()
}

fn content(file: &NamedTempFile) -> String {
    String::from_utf8_lossy(&fs_err::read(file.path()).unwrap()).into_owned()
}
