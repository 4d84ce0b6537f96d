//! The cache folder, which must be writable.

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;

use super::health::Health;
use sixfold_base::cache::{self, VARIABLE};
use sixfold_base::error::explain;

pub(super) fn health() -> Health {
    match writable() {
        Ok(dir) => Health::Good(format!(
            "{dir}; keep this folder between CI runs, or choose another one with {VARIABLE}"
        )),
        Err(error) => {
            Health::error(explain(&error), format!("set {VARIABLE} to a folder that you can write to"))
        }
    }
}

/// Creates the folder, and writes a file there.
fn writable() -> Result<Utf8PathBuf> {
    let dir = cache::dir()?;
    let cannot = || format!("cannot write to {dir}");
    fs_err::create_dir_all(&dir).with_context(cannot)?;
    let file = dir.join(format!("doctor-{}", std::process::id()));
    fs_err::write(&file, "").with_context(cannot)?;
    fs_err::remove_file(&file).with_context(cannot)?;
    Ok(dir)
}
