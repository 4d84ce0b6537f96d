//! Ctrl-C and termination: the running children are ended, and the main thread unwinds through its drop guards.
//!
//! Invariant: the handler ends only the children that were started by `process`. Everything else is stopped by the value
//! that owns it, exactly as after an error.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, bail};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Handles Ctrl-C, SIGTERM and SIGHUP from now on.
pub(crate) fn install() -> anyhow::Result<()> {
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        sixfold_base::process::end_all();
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
