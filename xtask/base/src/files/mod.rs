//! Files and folders that get their final name in one step: a final name never stands for something half-written.
//!
//! Everything is written under a temporary name on the same file system, and renamed when it is complete. Files are on the
//! disk before they are renamed, so that the name survives a power failure only together with the content. Files inside a
//! folder are not synced one by one: for the 18,000 files of zig that takes longer than their installation.

mod partial_file;
mod sync;
mod temporary;
#[cfg(test)]
mod tests;

use std::io::{self, Write as _};

use camino::Utf8Path;
use fs_err as fs;

pub use partial_file::{PartialFile, commit_all};
use sync::{sync, sync_parent};
pub use temporary::{PARTIAL, partial, remove, remove_partial};

/// Writes a file in place of what had its name.
pub fn write(path: &Utf8Path, content: &[u8]) -> io::Result<()> {
    let mut file = PartialFile::create(path)?;
    file.write_all(content)?;
    file.commit()
}

/// Opens a file that others may have replaced. Fails for a pipe or a device, which could block or never end.
pub fn open_regular(path: &Utf8Path) -> io::Result<fs::File> {
    match fs::metadata(path)?.is_file() {
        true => fs::File::open(path),
        false => Err(io::Error::other(format!("{path} is not a regular file"))),
    }
}

/// Gives a file that another program has written its final name, in place of the file that had it.
pub fn commit_file(partial: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
    // Windows syncs a file only through a handle that may write.
    sync(&fs::OpenOptions::new().write(true).open(partial)?)?;
    fs::rename(partial, path)?;
    sync_parent(path)
}

/// Gives a finished folder its final name, in place of what had it.
pub fn commit_dir(partial_dir: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
    let old = partial(Utf8Path::new(&format!("{path}.old")));
    remove(&old)?;
    if path.exists() {
        fs::rename(path, &old)?;
    }
    fs::rename(partial_dir, path)?;
    sync_parent(path)?;
    remove(&old)
}
