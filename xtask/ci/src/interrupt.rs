//! Ctrl-C and termination: the running child is stopped, and the main thread unwinds through its drop guards.
//!
//! Invariant: the handler stops only that one child. Everything else is stopped by the value that owns it, exactly as
//! after an error.

use std::process::{Child, ExitCode};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static RUNNING: Mutex<Option<u32>> = Mutex::new(None);

/// Handles Ctrl-C, SIGTERM and SIGHUP from now on.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        if let Ok(running) = RUNNING.lock()
            && let Some(group) = *running
        {
            terminate_group(group);
        }
    })
    .context("cannot handle Ctrl-C")
}

/// Fails after an interrupt.
pub(crate) fn check() -> anyhow::Result<()> {
    if INTERRUPTED.load(Ordering::SeqCst) {
        bail!("interrupted");
    }
    Ok(())
}

/// 130 after an interrupt, as in shells, and 1 after any other failure.
pub(crate) fn exit_code() -> ExitCode {
    ExitCode::from(if INTERRUPTED.load(Ordering::SeqCst) { 130 } else { 1 })
}

/// While this value exists, an interrupt stops the child and its whole process group.
pub(crate) struct Stoppable;

impl Stoppable {
    pub(crate) fn new(child: &Child) -> Stoppable {
        set_running(Some(child.id()));
        // An interrupt after the start of the child, but before the line above, found no group to stop.
        if INTERRUPTED.load(Ordering::SeqCst) {
            terminate_group(child.id());
        }
        Stoppable
    }
}

impl Drop for Stoppable {
    fn drop(&mut self) {
        set_running(None);
    }
}

fn set_running(group: Option<u32>) {
    *RUNNING.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = group;
}

/// Asks every process of the group to exit. Each child leads its own group, see `process`.
pub(crate) fn terminate_group(group: u32) {
    signal::send(group, signal::To::Group, signal::Kind::Terminate);
}

/// Asks one process to exit.
pub(crate) fn terminate(process: u32) {
    signal::send(process, signal::To::Process, signal::Kind::Terminate);
}

/// Kills one process.
pub(crate) fn kill(process: u32) {
    signal::send(process, signal::To::Process, signal::Kind::Kill);
}

mod signal {
    pub(crate) enum To {
        Process,
        Group,
    }

    pub(crate) enum Kind {
        Terminate,
        Kill,
    }

    /// Errors are ignored: a process that is already gone is what the caller wanted.
    #[cfg(unix)]
    pub(crate) fn send(id: u32, to: To, kind: Kind) {
        use rustix::process::{Pid, Signal, kill_process, kill_process_group};
        let signal = match kind {
            Kind::Terminate => Signal::TERM,
            Kind::Kill => Signal::KILL,
        };
        let Some(pid) = i32::try_from(id).ok().and_then(Pid::from_raw) else { return };
        let _ = match to {
            To::Process => kill_process(pid, signal),
            To::Group => kill_process_group(pid, signal),
        };
    }

    /// On Windows the console sends Ctrl-C to the children itself, and no server is started there.
    #[cfg(not(unix))]
    pub(crate) fn send(_id: u32, _to: To, _kind: Kind) {}
}
