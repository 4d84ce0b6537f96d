use std::io::{self, ErrorKind, Write};
use std::sync::atomic::{AtomicU32, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::sync::{sync, sync_parent};
use super::temporary::{PARTIAL, partial, remove};

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
    pub(crate) fn create_in(folder: &Utf8Path, path: &Utf8Path) -> io::Result<Self> {
        let name = path.file_name().unwrap_or_default();
        Self::begin(folder.join(format!("{name}{PARTIAL}")), path)
    }

    /// Begins a file that will be called `path`, beside it, under a hidden temporary name of its own. For a file that
    /// several threads or processes may write at the same time. The caller has to remove what a killed run left.
    pub fn create_unique(path: &Utf8Path) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let (name, process) = (path.file_name().unwrap_or_default(), std::process::id());
        loop {
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let temporary = path.with_file_name(format!(".{name}-{process}-{number}{PARTIAL}"));
            match open_new(&temporary) {
                // Processes of different containers can have the same number.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                file => return Ok(Self::new(file?, temporary, path)),
            }
        }
    }

    fn begin(temporary: Utf8PathBuf, path: &Utf8Path) -> io::Result<Self> {
        // It may be what a killed run left, or a link.
        remove(&temporary)?;
        Ok(Self::new(open_new(&temporary)?, temporary, path))
    }

    fn new(file: fs::File, temporary: Utf8PathBuf, path: &Utf8Path) -> Self {
        Self { file, temporary: Temporary(temporary), path: path.to_owned() }
    }

    /// The file, for instance to set its permissions. It can also be read.
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

/// Gives several files their names, once all of them are on the disk.
pub fn commit_all(files: Vec<PartialFile>) -> io::Result<()> {
    files.iter().try_for_each(|file| sync(&file.file))?;
    files.into_iter().try_for_each(PartialFile::commit)
}

fn open_new(path: &Utf8Path) -> io::Result<fs::File> {
    fs::OpenOptions::new().read(true).write(true).create_new(true).open(path)
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
