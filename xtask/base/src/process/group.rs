//! Process groups of unix: what a program and all that it starts are to the system.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// Sends a signal to all of the group. Without one, tells only whether there is somebody to get it.
pub(super) fn signal(group: u32, signal: impl Into<Option<Signal>>) -> bool {
    i32::try_from(group).is_ok_and(|group| killpg(Pid::from_raw(group), signal).is_ok())
}

/// Whether anything of the group still runs.
pub(super) fn is_there(group: u32) -> bool {
    // The system counts what has ended and was not waited for.
    signal(group, None) && !is_over(group)
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
#[cfg(not(target_os = "linux"))]
fn is_over(_group: u32) -> bool {
    false
}
