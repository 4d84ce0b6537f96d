//! A child together with all that it starts, so that npm does not outlive the shell that npm was started by.
//!
//! On unix the child leads a process group of its own. A terminal's Ctrl-C then reaches the tool alone, which passes it
//! on. On Windows a console tells all of them by itself, and `taskkill` finds what a process has started.

use std::io;
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus};

#[cfg(unix)]
use nix::sys::signal::Signal;
use shared_child::SharedChild;

#[derive(Debug)]
pub struct Tree(SharedChild);

impl Tree {
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        SharedChild::spawn(command).map(Self)
    }

    /// Waits for the child itself.
    pub fn wait(&self) -> io::Result<ExitStatus> {
        self.0.wait()
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

#[cfg(unix)]
impl Tree {
    /// Asks all of it to end: docker cancels its build on that.
    pub fn ask(&self) {
        self.signal(Signal::SIGTERM);
    }

    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Whether anything of it still runs.
    pub fn is_there(&self) -> bool {
        // The system counts what has ended and was not waited for, which the child is here.
        let _ = self.0.try_wait();
        self.signal(None::<Signal>) && !is_over(self.0.id())
    }

    /// Without a signal, tells only whether there is somebody to get one.
    fn signal(&self, signal: impl Into<Option<Signal>>) -> bool {
        let group = i32::try_from(self.0.id()).map(nix::unistd::Pid::from_raw);
        group.is_ok_and(|group| nix::sys::signal::killpg(group, signal).is_ok())
    }
}

/// Whether all processes of the group have ended, and only wait for a system that is slow to clear them away: the first
/// process of a container may take seconds, or never do it.
#[cfg(target_os = "linux")]
fn is_over(group: u32) -> bool {
    let Ok(entries) = std::fs::read_dir("/proc") else { return false };
    let stats = entries.flatten().filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    // `pid (name) state parent group …`, where the name may hold anything (proc_pid_stat(5)).
    let of_group = |stat: String| {
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let state = fields.next()?.to_owned();
        (fields.nth(1)?.parse() == Ok(group)).then_some(state)
    };
    stats.filter_map(of_group).all(|state| state == "Z" || state == "X")
}

/// The first process of these systems clears away at once.
#[cfg(all(unix, not(target_os = "linux")))]
fn is_over(_group: u32) -> bool {
    false
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
        let id = self.0.id().to_string();
        let quiet = std::process::Stdio::null;
        let mut taskkill = Command::new("taskkill");
        taskkill.args(["/F", "/T", "/PID", &id]).stdin(quiet()).stdout(quiet()).stderr(quiet());
        let _ = taskkill.status();
    }

    pub fn kill(&self) {
        let _ = self.0.kill();
    }

    pub fn is_there(&self) -> bool {
        matches!(self.0.try_wait(), Ok(None))
    }
}
