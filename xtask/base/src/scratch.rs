//! Folders for temporary files that are too large for memory.
//!
//! They are numbered, each with a lock beside it. A folder is removed when it is no longer needed, also on an interrupt.
//! What a killed run left is removed by the next run, because its lock is free.

use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::cache;
use crate::files;
use crate::lock;

/// How often an interrupt tries to remove a folder in which another thread may still be creating files.
const TRIES: usize = 10;

/// The folders in use by this program.
static IN_USE: Mutex<InUse> = Mutex::new(InUse { is_stopping: false, folders: Vec::new() });

struct InUse {
    is_stopping: bool,
    folders: Vec<Utf8PathBuf>,
}

/// A new, empty folder, usually in the tool's own cache folder. It is removed when the value is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: Utf8PathBuf,
    /// Held until the folder is removed.
    _lock: Option<File>,
}

impl Scratch {
    /// Creates a folder. Fails after an interrupt.
    pub fn new() -> Result<Self> {
        Self::new_in(&cache::dir()?.join("scratch"))
    }

    fn new_in(all: &Utf8Path) -> Result<Self> {
        fs::create_dir_all(all)?;
        remove_leftovers(all);
        let mut in_use = in_use();
        ensure!(!in_use.is_stopping, "this run is stopping");
        let (path, _lock) = lock::take_first_free(all)?;
        fs::create_dir(&path)?;
        in_use.folders.push(path.clone());
        Ok(Self { path, _lock: Some(_lock) })
    }

    /// Creates this folder, in place of what a killed run left there. The caller gives it its final name by renaming it.
    pub fn at(path: Utf8PathBuf) -> Result<Self> {
        let mut in_use = in_use();
        ensure!(!in_use.is_stopping, "this run is stopping");
        files::remove(&path)?;
        fs::create_dir_all(&path)?;
        in_use.folders.push(path.clone());
        Ok(Self { path, _lock: None })
    }

    pub fn path(&self) -> &Utf8Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // The next run removes what is left.
        let _ = files::remove(&self.path);
        in_use().folders.retain(|path| *path != self.path);
    }
}

/// Removes all folders of this program, which is about to end without dropping its values. Afterwards none can be created.
pub(crate) fn remove_all() {
    let mut in_use = in_use();
    in_use.is_stopping = true;
    for path in &in_use.folders {
        // The next run removes what is left.
        let _ = (0..TRIES).any(|_| files::remove(path).is_ok());
    }
}

fn in_use() -> MutexGuard<'static, InUse> {
    IN_USE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the folders whose lock no process holds.
fn remove_leftovers(all: &Utf8Path) {
    for entry in all.read_dir_utf8().into_iter().flatten().flatten() {
        if entry.path().is_dir()
            && let Ok(Some(_lock)) = lock::take(&lock::lock_of(entry.path()))
        {
            // The next run tries again.
            let _ = files::remove(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_killed_runs_are_removed_but_not_the_folders_of_running_ones() {
        let temp = tempfile::tempdir().unwrap();
        let all = Utf8Path::from_path(temp.path()).unwrap();
        let first = Scratch::new_in(all).unwrap();
        fs::write(first.path().join("file"), "in use").unwrap();
        for left in ["0-left", "7"] {
            fs::create_dir(all.join(left)).unwrap();
            fs::write(all.join(left).join("file"), "left").unwrap();
        }
        let second = Scratch::new_in(all).unwrap();
        assert_ne!(first.path(), second.path());
        assert!(first.path().join("file").exists());
        assert_eq!(second.path().read_dir_utf8().unwrap().count(), 0);
        assert!(!all.join("0-left").exists() && !all.join("7").exists());
        let paths = [first.path().to_owned(), second.path().to_owned()];
        drop((first, second));
        assert!(paths.iter().all(|path| !path.exists()));
    }
}
