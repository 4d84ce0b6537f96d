//! A process beside this one that outlives it: when this program is killed, however hard, the warden ends the process
//! groups that it has left behind.
//!
//! The two are joined by a pipe: `+PID` and `-PID` say which groups run, and its end says that nobody is left to look
//! after them. Windows needs none of this: there a job ends with the handle of its owner.

use std::io::Write as _;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

/// The argument that turns this program into a warden.
pub const ARGUMENT: &str = "--warden";

#[derive(Clone, Debug, Default)]
pub struct Warden(Option<Arc<Mutex<ChildStdin>>>);

/// A group that the warden watches until this value is dropped.
#[derive(Debug)]
pub struct Ward {
    warden: Warden,
    pid: Option<u32>,
}

impl Warden {
    /// Starts `program`, which must be the preview's own, as a warden.
    pub fn start(program: &Utf8Path) -> Result<Self> {
        if cfg!(windows) {
            return Ok(Self::default());
        }
        let mut command = Command::new(program);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Ctrl-C is for us; the warden has to be there afterwards.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().context("cannot start the process that cleans up after the preview")?;
        Ok(Self(child.stdin.map(|stdin| Arc::new(Mutex::new(stdin)))))
    }

    /// From now on, the group of this process is ended with us.
    pub fn watch(&self, pid: Option<u32>) -> Ward {
        if let Some(pid) = pid {
            self.say('+', pid);
        }
        Ward { warden: self.clone(), pid }
    }

    fn say(&self, sign: char, pid: u32) {
        if let Some(pipe) = &self.0 {
            // A warden that is gone can do nothing more for us.
            let _ = writeln!(pipe.lock().unwrap_or_else(PoisonError::into_inner), "{sign}{pid}");
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

/// What the warden does: listens until the pipe ends, then ends what is still running.
#[cfg(unix)]
pub fn keep() {
    use std::collections::BTreeSet;
    use std::io::BufRead as _;

    use nix::sys::signal::{Signal, killpg};
    use nix::unistd::Pid;

    let mut groups = BTreeSet::new();
    for line in std::io::stdin().lock().lines().map_while(std::io::Result::ok) {
        let Some((sign, pid)) = line.split_at_checked(1) else { continue };
        match (sign, pid.parse::<i32>()) {
            ("+", Ok(pid)) => groups.insert(pid),
            ("-", Ok(pid)) => groups.remove(&pid),
            _ => false,
        };
    }
    for signal in [Signal::SIGTERM, Signal::SIGKILL] {
        let left: Vec<_> = groups.iter().filter(|pid| killpg(Pid::from_raw(**pid), signal).is_ok()).collect();
        if left.is_empty() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
}

#[cfg(not(unix))]
pub fn keep() {}
