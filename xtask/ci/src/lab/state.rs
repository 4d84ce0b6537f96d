//! The folder with all state of one run: sockets, configuration files, images, logs.

use std::fs::File;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::leftovers;

/// In the system's folder for temporary files, because the path of a Unix socket is limited to about 100 bytes.
pub(crate) struct State {
    folder: TempDir,
    path: Utf8PathBuf,
    /// Tells other runs that the folder is in use.
    _claim: File,
}

impl State {
    pub(crate) fn new() -> anyhow::Result<State> {
        let folder = tempfile::Builder::new().prefix(leftovers::PREFIX).tempdir()?;
        let path = Utf8Path::from_path(folder.path())
            .context("the path of the folder for temporary files is not UTF-8")?
            .to_owned();
        let claim = leftovers::claim(&path)?;
        Ok(State { folder, path, _claim: claim })
    }

    /// The path of a file in the state.
    pub(crate) fn file(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// A folder in the state, created if it is missing.
    pub(crate) fn folder(&self, name: &str) -> anyhow::Result<Utf8PathBuf> {
        let path = self.path.join(name);
        fs_err::create_dir_all(&path)?;
        Ok(path)
    }

    /// Removes the folder. Dropping does the same, but ignores errors.
    pub(crate) fn remove(self) -> anyhow::Result<()> {
        let State { folder, path, .. } = self;
        folder.close().with_context(|| format!("cannot remove {path}"))
    }
}
