//! Runs at the same time take turns: a lock of the operating system, on a file of its own. The system lets go of it when
//! the process ends, however it ends. The file stays, since removing it would give two processes two locks.

use std::fs::{File, TryLockError};

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use crate::terminal;

/// Waits until no other process holds the lock, and holds it until the value is dropped. `of` completes "waiting for
/// another run that is using …".
pub fn wait(file: &Utf8Path, of: &Utf8Path) -> Result<File> {
    if let Some(lock) = take(file)? {
        return Ok(lock);
    }
    terminal::step("Waiting", format_args!("for another run that is using {of}"));
    let lock = open(file)?;
    lock.lock().with_context(|| format!("cannot lock {file}"))?;
    Ok(lock)
}

/// The lock, or `None` when another process holds it.
pub fn take(file: &Utf8Path) -> Result<Option<File>> {
    let lock = open(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {file}")),
    }
}

fn open(file: &Utf8Path) -> Result<File> {
    File::create(file).with_context(|| {
        format!("cannot open {file}: remove what has this name, or let the tool write there")
    })
}
