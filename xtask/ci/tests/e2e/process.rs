//! Runs a program to its end, or to a deadline: a test that waits for ever says nothing.
//!
//! Output goes to files: with pipes, a background program that inherits one (wine starts several) would keep its reader
//! waiting long after the program itself has ended.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tempfile::NamedTempFile;

/// Longer than any command takes on a busy machine with two cores and nothing built yet.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// What became of a program.
#[derive(Debug)]
pub struct Finished {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// Itself, after a success.
    #[track_caller]
    pub fn succeeded(self) -> Finished {
        assert!(self.status.success(), "{}\n{}\n{}", self.status, self.stdout, self.stderr);
        self
    }

    /// Its stderr, after it has ended with this code and each of the words was said.
    #[track_caller]
    pub fn failed(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.status.code(), Some(code), "{}\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "no {word:?} in: {}", self.stderr);
        }
        self.stderr
    }
}

/// A program that runs, in its own process group; killed, with the group, when the test goes first.
pub struct Running {
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Running {
    pub fn start(command: &mut Command) -> Running {
        let [stdout, stderr] = [NamedTempFile::new().unwrap(), NamedTempFile::new().unwrap()];
        command.stdin(Stdio::null()).stdout(stdout.reopen().unwrap()).stderr(stderr.reopen().unwrap());
        let child = command
            .process_group(0)
            .spawn()
            .unwrap_or_else(|error| panic!("cannot run {command:?}: {error}"));
        Running { child, stdout, stderr }
    }

    /// What it has written to stderr so far.
    pub fn said(&self) -> String {
        content(&self.stderr)
    }

    /// Waits until it has said this; fails when it ends, or takes too long.
    #[track_caller]
    pub fn wait_until_said(&mut self, word: &str) {
        self.wait_until(|running| running.said().contains(word));
    }

    /// The same, for anything that can be seen.
    #[track_caller]
    pub fn wait_until(&mut self, seen: impl Fn(&Running) -> bool) {
        let start = Instant::now();
        while !seen(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && start.elapsed() < DEADLINE, "it has said: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    pub fn finish(mut self) -> Finished {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < DEADLINE, "still running: {}", self.said());
            std::thread::sleep(Duration::from_millis(10));
        };
        Finished { status, stdout: content(&self.stdout), stderr: content(&self.stderr) }
    }

    /// Sends a signal to the program alone, or to its whole group as a terminal does.
    pub fn signal(&self, signal: Signal, to_group: bool) {
        let pid = Pid::from_child(&self.child);
        let sent = match to_group {
            true => kill_process_group(pid, signal),
            false => kill_process(pid, signal),
        };
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

pub fn run(command: &mut Command) -> Finished {
    Running::start(command).finish()
}

fn content(file: &NamedTempFile) -> String {
    String::from_utf8_lossy(&fs_err::read(file.path()).unwrap()).into_owned()
}
