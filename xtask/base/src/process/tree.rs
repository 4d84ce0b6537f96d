//! A child together with all that it starts, so that npm does not outlive the shell that npm was started by.
//!
//! On unix the child leads a process group of its own. A terminal's Ctrl-C then reaches the tool alone, which passes it
//! on. On Windows a console tells all of them by itself, and `taskkill` finds what a process has started.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};

#[cfg(unix)]
use nix::sys::signal::Signal;
use shared_child::SharedChild;

#[cfg(unix)]
use super::group;
use super::warden;
use super::warden::Ward;

#[derive(Debug)]
pub(super) struct Tree {
    child: SharedChild,
    /// Looked after, should this program be killed.
    _ward: Option<Ward>,
}

impl Tree {
    pub(super) fn spawn(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let child = SharedChild::spawn(command)?;
        let _ward = warden::watch(child.id());
        Ok(Self { child, _ward })
    }

    /// Waits for the child itself.
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
}

#[cfg(unix)]
impl Tree {
    /// Asks all of it to end: docker cancels its build on that.
    pub(super) fn ask(&self) {
        group::signal(self.child.id(), Signal::SIGTERM);
    }

    pub(super) fn kill(&self) {
        group::signal(self.child.id(), Signal::SIGKILL);
    }

    /// Whether anything of it still runs.
    pub(super) fn is_there(&self) -> bool {
        // Unless it is waited for, the child itself counts as there.
        let _ = self.child.try_wait();
        group::is_there(self.child.id())
    }
}

/// Programs of other groups than the terminal's are stopped when they ask it something, and would wait for ever. With
/// this, which children inherit, they get an error instead.
#[cfg(unix)]
pub fn never_stop_for_the_terminal() {
    use nix::sys::signal::{SigHandler, signal};
    for stop in [Signal::SIGTTIN, Signal::SIGTTOU] {
        // SAFETY: an ignored signal runs no code.
        let _ = unsafe { signal(stop, SigHandler::SigIgn) };
    }
}

#[cfg(not(unix))]
pub fn never_stop_for_the_terminal() {}

#[cfg(not(unix))]
impl Tree {
    /// There is no way to ask a program without a window: ends it and what it has started.
    pub fn ask(&self) {
        let id = self.child.id().to_string();
        let quiet = std::process::Stdio::null;
        let mut taskkill = Command::new("taskkill");
        taskkill.args(["/F", "/T", "/PID", &id]).stdin(quiet()).stdout(quiet()).stderr(quiet());
        let _ = taskkill.status();
    }

    pub fn kill(&self) {
        let _ = self.child.kill();
    }

    pub fn is_there(&self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}
