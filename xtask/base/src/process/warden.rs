//! A process beside this one that outlives it: when this program is killed, however hard, the warden ends the process
//! groups that it has left behind.
//!
//! The two are joined by a pipe: `+PID` and `-PID` say which groups run, and its end says that nobody is left to look
//! after them. A warden may hold a lock as well: it lets go only when those groups are gone, so that the next run does
//! not meet them. On Windows there is none.

use std::fs::File;
use std::io::Write as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

/// The first argument that turns a program of ours into a warden.
pub const ARGUMENT: &str = "--warden";

/// The one that hears of all children of [`crate::process`].
static CURRENT: Mutex<Option<Warden>> = Mutex::new(None);

#[derive(Clone, Debug, Default)]
pub struct Warden(Option<Arc<Mutex<Child>>>);

/// A group that the warden watches until this value is dropped.
#[derive(Debug)]
pub struct Ward {
    warden: Warden,
    pid: Option<u32>,
}

/// All children of [`crate::process`] are watched until this value is dropped, which ends those that are left. For a
/// program that does one thing and ends.
#[derive(Debug)]
pub struct Guard(());

impl Guard {
    /// `lock` stays locked until no watched child is left, even when this program is killed.
    pub fn start(lock: &File) -> Result<Self> {
        let warden = Warden::with_lock(&own_program()?, Some(lock))?;
        *hold(&CURRENT) = Some(warden);
        Ok(Self(()))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let warden = hold(&CURRENT).take();
        warden.iter().for_each(Warden::dismiss);
    }
}

/// This program, also after cargo has put a newer one in its place.
pub fn own_program() -> Result<Utf8PathBuf> {
    if cfg!(target_os = "linux") {
        return Ok("/proc/self/exe".into());
    }
    let own = std::env::current_exe().context("the tool cannot find its own program")?;
    Ok(Utf8PathBuf::try_from(own)?)
}

/// Has the current warden, if there is one, watch the group of this process.
pub fn watch(pid: u32) -> Option<Ward> {
    hold(&CURRENT).as_ref().map(|warden| warden.watch(Some(pid)))
}

impl Warden {
    /// Starts `program`, which must be one of ours, as a warden.
    pub fn start(program: &Utf8Path) -> Result<Self> {
        Self::with_lock(program, None)
    }

    fn with_lock(program: &Utf8Path, lock: Option<&File>) -> Result<Self> {
        if cfg!(windows) {
            return Ok(Self::default());
        }
        let mut command = Command::new(program);
        // A lock of unix belongs to all who have its open file: here, as an output that nobody writes to.
        let output = lock.map_or(Ok(Stdio::null()), |lock| lock.try_clone().map(Stdio::from))?;
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(output).stderr(Stdio::null()).current_dir("/");
        // Ctrl-C is for us; the warden has to be there afterwards.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().context("cannot start the process that cleans up after a killed run")?;
        Ok(Self(Some(Arc::new(Mutex::new(child)))))
    }

    /// From now on, the group of this process is ended with us.
    pub fn watch(&self, pid: Option<u32>) -> Ward {
        if let Some(pid) = pid {
            self.say('+', pid);
        }
        Ward { warden: self.clone(), pid }
    }

    fn say(&self, sign: char, pid: u32) {
        let Some(child) = &self.0 else { return };
        if let Some(pipe) = &mut hold(child).stdin {
            // A warden that is gone can do nothing more for us.
            let _ = writeln!(pipe, "{sign}{pid}");
        }
    }

    /// Has it end what is left, and waits for that.
    fn dismiss(&self) {
        if let Some(child) = &self.0 {
            let mut child = hold(child);
            drop(child.stdin.take());
            let _ = child.wait();
        }
    }
}

impl Drop for Ward {
    fn drop(&mut self) {
        if let Some(pid) = self.pid {
            self.warden.say('-', pid);
        }
    }
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether this process was started to be a warden. If so, it has done its work when this returns.
pub fn was_called() -> bool {
    let is = std::env::args_os().nth(1).is_some_and(|argument| argument == ARGUMENT);
    #[cfg(unix)]
    if is {
        keep();
    }
    is
}

/// Listens until the pipe ends, then ends what is still running.
#[cfg(unix)]
fn keep() {
    use std::collections::BTreeSet;
    use std::io::BufRead as _;

    use nix::sys::signal::Signal;

    use super::children::are_gone_within;
    use super::{PATIENCE, group};

    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let Some((sign, pid)) = line.split_at_checked(1) else { continue };
        match (sign, pid.parse()) {
            ("+", Ok(pid)) => groups.insert(pid),
            ("-", Ok(pid)) => groups.remove(&pid),
            _ => false,
        };
    }
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        groups.retain(|group| group::signal(*group, signal));
        are_gone_within(PATIENCE, || groups.iter().any(|group| group::is_there(*group)));
    }
}
