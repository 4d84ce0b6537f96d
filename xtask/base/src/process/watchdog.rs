//! A second process of this program that outlives it. When this program is killed, even by SIGKILL, the watchdog ends the
//! process groups that were left behind.
//!
//! A pipe connects the two: the lines `+PID` and `-PID` say which groups are running, and the end of the pipe says that
//! this program is gone. The watchdog can also hold a lock, and releases it only when those groups are gone, so that the
//! next run does not meet them.
//!
//! On Windows there is no watchdog, because job objects end the processes themselves, see [`super::Group`]. Nothing holds
//! the lock there while they end.

use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// The first argument that turns this program into a watchdog.
pub(crate) const ARGUMENT: &str = "--watchdog";

/// The one that watches all children of [`crate::process`].
static CURRENT: Mutex<Option<Watchdog>> = Mutex::new(None);

/// A running watchdog, or none (the default).
#[derive(Clone, Debug, Default)]
pub struct Watchdog(Option<Arc<Mutex<Child>>>);

/// Has one group watched until this value is dropped.
#[derive(Debug)]
pub struct WatchGuard {
    watchdog: Watchdog,
    pid: u32,
}

/// Has all children of [`crate::process`] watched until this value is dropped. Dropping it ends those that are left, so it
/// is for a program that does one thing and ends.
#[derive(Debug)]
pub(crate) struct ChildrenGuard(());

impl ChildrenGuard {
    /// `lock` stays locked until no watched child is left, even when this program is killed.
    pub(crate) fn start(lock: &File) -> Result<Self> {
        *locked(&CURRENT) = Some(Watchdog::with_lock(&own_program()?, Some(lock))?);
        Ok(Self(()))
    }
}

impl Drop for ChildrenGuard {
    fn drop(&mut self) {
        if let Some(watchdog) = locked(&CURRENT).take() {
            watchdog.dismiss();
        }
    }
}

/// The path of this program. On Linux it stays valid when cargo replaces the file.
pub fn own_program() -> Result<Utf8PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    let own = std::env::current_exe().context("cannot find the path of this program")?;
    Ok(Utf8PathBuf::try_from(own)?)
}

/// Has the current watchdog, if there is one, watch the group that this process leads.
pub(super) fn watch(pid: u32) -> Option<WatchGuard> {
    locked(&CURRENT).as_ref().map(|watchdog| watchdog.watch(pid))
}

impl Watchdog {
    /// Starts `program` as a watchdog. Its `main` must call [`was_called`] first.
    pub fn start(program: &Utf8Path) -> Result<Self> {
        Self::with_lock(program, None)
    }

    fn with_lock(program: &Utf8Path, lock: Option<&File>) -> Result<Self> {
        if cfg!(windows) {
            return Ok(Self::default());
        }
        let mut command = Command::new(program);
        // On Unix every process that has the locked file open holds the lock. Here it is an output that is never used.
        let output = lock.map_or(Ok(Stdio::null()), |lock| lock.try_clone().map(Stdio::from))?;
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(output).stderr(Stdio::null()).current_dir("/");
        // Ctrl-C must not reach the watchdog: it is needed afterwards.
        #[cfg(unix)]
        super::group::Group::prepare(&mut command);
        let child = command.spawn().context("cannot start the watchdog process")?;
        Ok(Self(Some(Arc::new(Mutex::new(child)))))
    }

    /// From now on, the group that this process leads ends with this program.
    pub fn watch(&self, pid: u32) -> WatchGuard {
        self.send('+', pid);
        WatchGuard { watchdog: self.clone(), pid }
    }

    fn send(&self, sign: char, pid: u32) {
        let Some(child) = &self.0 else { return };
        if let Some(pipe) = &mut locked(child).stdin {
            // A watchdog that is gone cannot do anything.
            let _ = writeln!(pipe, "{sign}{pid}");
        }
    }

    /// Has it end the groups that are left, and waits for that.
    fn dismiss(&self) {
        if let Some(child) = &self.0 {
            let mut child = locked(child);
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

impl Drop for WatchGuard {
    fn drop(&mut self) {
        self.watchdog.send('-', self.pid);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether this process was started as a watchdog. If so, its work is done when this returns.
pub fn was_called() -> bool {
    let was_called = std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT);
    #[cfg(unix)]
    if was_called {
        watch_over();
    }
    was_called
}

/// Reads the pipe until it ends, then ends what is still running.
#[cfg(unix)]
fn watch_over() {
    use std::collections::BTreeSet;
    use std::io::BufRead as _;

    use nix::sys::signal::Signal;

    use super::group::{PATIENCE, is_running, signal, wait_until_gone};

    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let Some((sign, pid)) = line.split_at_checked(1) else { continue };
        match (sign, pid.parse()) {
            ("+", Ok(pid)) => groups.insert(pid),
            ("-", Ok(pid)) => groups.remove(&pid),
            _ => false,
        };
    }
    for request in [Signal::SIGTERM, Signal::SIGKILL] {
        groups.retain(|group| signal(*group, request));
        wait_until_gone(PATIENCE, || groups.iter().any(|group| is_running(*group)));
    }
}
