//! The tool's own cache folder, shared between projects: zig, what zig has compiled, and the macOS stubs.

use std::env;

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;

/// Names another folder, for instance one that a CI service keeps between runs.
pub const VARIABLE: &str = "EXTENSION_XTASK_CACHE";

/// The folder: `$EXTENSION_XTASK_CACHE`, or `docker-extension-xtask` where this system keeps caches.
pub fn dir() -> Result<Utf8PathBuf> {
    if let Some(dir) = env::var_os(VARIABLE).filter(|dir| !dir.is_empty()) {
        let dir = Utf8PathBuf::try_from(std::path::PathBuf::from(dir))
            .with_context(|| format!("{VARIABLE} must be a path in UTF-8"))?;
        return camino::absolute_utf8(&dir).with_context(|| format!("{VARIABLE}={dir} is no usable path"));
    }
    let base = dirs::cache_dir()
        .with_context(|| format!("this system names no cache folder: set {VARIABLE} to one"))?;
    let base = Utf8PathBuf::try_from(base)
        .with_context(|| format!("the cache folder is not UTF-8: set {VARIABLE}"))?;
    Ok(base.join("docker-extension-xtask"))
}
