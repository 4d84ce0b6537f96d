//! A folder for what cannot be kept in memory, removed when it is no longer needed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::cache;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A new, empty folder in the tool's own cache folder.
pub struct Scratch(Utf8PathBuf);

impl Scratch {
    pub fn new() -> Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let all = cache::dir()?.join("inspect");
        remove_old(&all);
        let folder = all.join(format!("{}-{number}", std::process::id()));
        if folder.exists() {
            // Of a run that was killed, with the same process number.
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Utf8Path {
        &self.0
    }
}

/// Removes what runs left that were killed: no inspection takes a day.
fn remove_old(all: &Utf8Path) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    for entry in all.read_dir_utf8().into_iter().flatten().flatten() {
        let changed = entry.metadata().and_then(|metadata| metadata.modified());
        if changed.is_ok_and(|changed| changed.elapsed().is_ok_and(|age| age > DAY)) {
            // Another run may be at it, too.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is removed by a run of the next day.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    // A folder's time can be set in this way on unix only.
    #[test]
    fn what_a_killed_run_left_goes_after_a_day() {
        let temp = tempfile::tempdir().unwrap();
        let all = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        for (name, age) in [("old", 2), ("new", 0)] {
            let file = all.join(name);
            fs::create_dir(&file).unwrap();
            let then = std::time::SystemTime::now() - Duration::from_secs(age * 24 * 60 * 60);
            std::fs::File::open(&file).unwrap().set_modified(then).unwrap();
        }
        remove_old(&all);
        assert!(!all.join("old").exists() && all.join("new").exists());
    }
}
