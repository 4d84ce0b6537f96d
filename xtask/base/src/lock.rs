//! Locks that several runs of this program share, so that they wait for each other.
//!
//! A lock belongs to a file of its own. The operating system releases it when the process ends, however it ends. The file
//! stays: if it were removed, two processes could lock two files of the same name.

use std::fs::{File, TryLockError};

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::heartbeat::Heartbeat;
use crate::terminal;

/// Waits until no other process holds the lock. It is held until the returned file is dropped. Also tells whether another
/// process had it. `what` completes "waiting for another run that is using …".
pub fn wait(file: &Utf8Path, what: &Utf8Path) -> Result<(File, bool)> {
    if let Some(lock) = take(file)? {
        return Ok((lock, false));
    }
    terminal::step("Waiting", format_args!("for another run that is using {what}"));
    let waiting = format!("for another run that is using {what}");
    let _heartbeat = Heartbeat::start(move || waiting.clone());
    let lock = open(file)?;
    lock.lock().with_context(|| format!("cannot lock {file}"))?;
    Ok((lock, true))
}

/// Takes the lock, or returns `None` if another process holds it.
pub fn take(file: &Utf8Path) -> Result<Option<File>> {
    let lock = open(file)?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error).with_context(|| format!("cannot lock {file}")),
    }
}

/// Takes the first free lock of `NAME.lock` in the folder, where NAME is a number that counts from 0. Returns the path
/// without `.lock`, which the lock stands for.
pub(crate) fn take_first_free(folder: &Utf8Path) -> Result<(Utf8PathBuf, File)> {
    for number in 0u32.. {
        let path = folder.join(number.to_string());
        if let Some(lock) = take(&lock_of(&path))? {
            return Ok((path, lock));
        }
    }
    bail!("all locks in {folder} are taken")
}

/// The file of the lock that stands for `path`.
pub(crate) fn lock_of(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}.lock"))
}

fn open(file: &Utf8Path) -> Result<File> {
    // Opening a pipe would block.
    let create = || match file.exists() && !file.is_file() {
        true => Err(std::io::Error::other("it is not a regular file")),
        false => File::create(file),
    };
    create().with_context(|| {
        format!("cannot open {file}\nhelp: make its folder writable, and remove or rename {file} if it is not a file")
    })
}
