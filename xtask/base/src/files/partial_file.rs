use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::sync::{sync, sync_parent};
use super::{PARTIAL, partial, remove};

/// A file that is being written under a temporary name. It is removed unless it is committed.
#[derive(Debug)]
pub struct PartialFile {
    pub(super) file: fs::File,
    pub(super) temporary: Temporary,
    pub(super) path: Utf8PathBuf,
}

/// A path that is removed when this value is dropped, unless it is empty.
#[derive(Debug)]
pub(super) struct Temporary(pub(super) Utf8PathBuf);

impl PartialFile {
    /// Begins a file that will be called `path`, beside it.
    pub fn create(path: &Utf8Path) -> io::Result<Self> {
        Self::begin(partial(path), path)
    }

    /// Begins a file that will be called `path`, in another folder on the same file system.
    pub fn create_in(folder: &Utf8Path, path: &Utf8Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default();
        Self::begin(folder.join(format!("{name}{PARTIAL}")), path)
    }

    fn begin(temporary: Utf8PathBuf, path: &Utf8Path) -> io::Result<Self> {
        // It may be what a killed run left, or a link.
        remove(&temporary)?;
        let file = fs::OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        Ok(Self { file, temporary: Temporary(temporary), path: path.to_owned() })
    }

    /// The file, for instance to set its permissions.
    pub fn file(&self) -> &fs::File {
        &self.file
    }

    /// Gives the complete file its name, in place of the file that had it.
    pub fn commit(self) -> io::Result<()> {
        let path = self.path.clone();
        self.commit_as(&path)
    }

    /// Like [`Self::commit`], under a name that depends on the content.
    pub fn commit_as(self, path: &Utf8Path) -> io::Result<()> {
        let Self { file, mut temporary, .. } = self;
        sync(&file)?;
        drop(file);
        fs::rename(&temporary.0, path)?;
        temporary.0 = Utf8PathBuf::new();
        sync_parent(path)
    }
}

impl Write for PartialFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.0.as_str().is_empty() {
            // The next run tries again.
            let _ = remove(&self.0);
        }
    }
}
