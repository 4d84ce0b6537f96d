//! A child process and the group of what it starts.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};

use shared_child::SharedChild;

use super::group::Group;
use super::watchdog::{self, WatchGuard};

#[derive(Debug)]
pub(super) struct Tree {
    /// One thread can wait for it while another ends its group.
    child: SharedChild,
    group: Group,
    _watched: Option<WatchGuard>,
}

impl Tree {
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        Group::prepare(command);
        let child = SharedChild::spawn(command)?;
        let group = Group::adopt(child.id()).inspect_err(|_| drop(child.kill()))?;
        let _watched = watchdog::watch(child.id());
        Ok(Self { child, group, _watched })
    }

    /// Waits for the child itself. What it started may still be running.
    pub(super) fn wait(&self) -> io::Result<ExitStatus> {
        self.child.wait()
    }

    pub(super) fn take_stdin(&self) -> Option<ChildStdin> {
        self.child.take_stdin()
    }

    pub(super) fn take_stdout(&self) -> Option<ChildStdout> {
        self.child.take_stdout()
    }

    pub(super) fn take_stderr(&self) -> Option<ChildStderr> {
        self.child.take_stderr()
    }

    /// Asks all of it to end.
    pub(super) fn ask(&self) {
        self.group.ask();
    }

    /// Ends all of it at once.
    pub(super) fn kill(&self) {
        self.group.kill();
    }

    /// True while any process of it runs.
    pub(super) fn is_running(&self) -> bool {
        // Until it is waited for, the child itself counts as running.
        let _ = self.child.try_wait();
        self.group.is_running()
    }
}
