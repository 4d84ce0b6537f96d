//! Files that are written under temporary names, and get their final ones together.

use std::fs::File;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tempfile::{Builder, NamedTempFile};
use xtask::dist_folder::PARTIAL;

/// The folder that files are written to.
pub struct Aside {
    folder: Utf8PathBuf,
}

/// A file that has no final name yet; dropped without one, it is gone.
pub struct Nameless(NamedTempFile);

impl Aside {
    /// Makes the folder if needed.
    pub fn new(folder: &Utf8Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// A new file, readable and executable by everybody.
    pub fn file(&self, name: &str) -> Result<Nameless> {
        let mut builder = Builder::new();
        // A killed run leaves it: its ending lets the next run remove it.
        let file = builder.prefix(&format!(".{name}-")).suffix(PARTIAL).tempfile_in(&self.folder);
        let file = file.with_context(|| format!("cannot write into {}", self.folder))?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::Permissions::from_mode(0o755);
            file.as_file().set_permissions(mode).context("cannot make a file executable")?;
        }
        Ok(Nameless(file))
    }

    /// Gives the file its final name, in place of what had it before.
    pub fn name(&self, file: Nameless, name: &str) -> Result<Utf8PathBuf> {
        let path = self.folder.join(name);
        file.0.as_file().sync_all().with_context(|| format!("cannot write {path}"))?;
        file.0.persist(&path).with_context(|| format!("cannot write {path}"))?;
        Ok(path)
    }
}

impl Nameless {
    pub fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }
}
