//! A folder for what cannot be kept in memory, removed when it is no longer needed.

use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::toolchain::cache;

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A new, empty folder in the tool's own cache folder.
pub struct Scratch(Utf8PathBuf);

impl Scratch {
    pub fn new() -> Result<Self> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = cache::dir()?.join("inspect").join(format!("{}-{number}", std::process::id()));
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

impl Drop for Scratch {
    fn drop(&mut self) {
        // A leftover is removed by the next run with this number.
        let _ = fs::remove_dir_all(&self.0);
    }
}
