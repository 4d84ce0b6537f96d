use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::Command;

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// A process group, led by the program that was started.
#[derive(Debug)]
pub struct Group(u32);

impl Group {
    /// Has the command start in a group of its own. A terminal's Ctrl-C then reaches this program alone, which decides
    /// what becomes of the group.
    pub fn prepare(command: &mut Command) {
        command.process_group(0);
    }

    /// The group of a child whose command was prepared; `pid` is the child's. Never fails on Unix.
    pub fn adopt(pid: u32) -> io::Result<Self> {
        Ok(Self(pid))
    }

    /// Asks every process to end. Docker, for instance, then cancels its build.
    pub fn ask(&self) {
        signal(self.0, Signal::SIGTERM);
    }

    /// Ends every process at once.
    pub fn kill(&self) {
        signal(self.0, Signal::SIGKILL);
    }

    /// True while any process of the group runs. A child of ours that was not waited for yet counts as running, except
    /// on Linux.
    pub fn is_running(&self) -> bool {
        is_running(self.0)
    }
}

/// Sends a signal to every process of the group; `None` only checks. Returns whether there is such a process.
pub(in crate::process) fn signal(group: u32, signal: impl Into<Option<Signal>>) -> bool {
    i32::try_from(group).is_ok_and(|group| killpg(Pid::from_raw(group), signal).is_ok())
}

/// True while any process of the group runs.
pub(in crate::process) fn is_running(group: u32) -> bool {
    // To the system, processes exist that have ended but were not waited for.
    signal(group, None) && !has_only_zombies(group)
}

/// True when every process of the group has ended and only waits to be reaped. In a container the first process may take
/// seconds to reap orphans, or never do it.
#[cfg(target_os = "linux")]
fn has_only_zombies(group: u32) -> bool {
    let Ok(entries) = std::fs::read_dir("/proc") else { return false };
    let stats = entries.flatten().filter_map(|entry| std::fs::read_to_string(entry.path().join("stat")).ok());
    // `pid (name) state parent group …`, where the name may contain any character (proc_pid_stat(5)).
    let state_in_group = |stat: String| {
        let mut fields = stat.rsplit_once(") ")?.1.split(' ');
        let state = fields.next()?.to_owned();
        (fields.nth(1)?.parse() == Ok(group)).then_some(state)
    };
    stats.filter_map(state_in_group).all(|state| state == "Z" || state == "X")
}

/// On these systems the first process reaps orphans at once.
#[cfg(not(target_os = "linux"))]
fn has_only_zombies(_group: u32) -> bool {
    false
}
