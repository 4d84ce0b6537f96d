//! Files and folders that get their final name in one step: a final name never stands for something half-written.
//!
//! Everything is written under a temporary name on the same file system, and renamed when it is complete. Files are on the
//! disk before they are renamed, so that the name survives a power failure only together with the content. Files inside a
//! folder are not synced one by one: for the 18,000 files of zig that takes longer than their installation.

mod partial_file;
mod sync;
#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind, Write as _};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

pub use partial_file::PartialFile;
use sync::{sync, sync_parent};

/// How the name of a file or folder ends while it is being written.
pub const PARTIAL: &str = ".partial";

/// The temporary name beside `path`.
pub fn partial(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}{PARTIAL}"))
}

/// Writes a file in place of what had its name.
pub fn write(path: &Utf8Path, content: &[u8]) -> io::Result<()> {
    let mut file = PartialFile::create(path)?;
    file.write_all(content)?;
    file.commit()
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

/// Removes a file, or a folder with everything in it, if it exists.
pub fn remove(path: &Utf8Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes what a killed run left in the folder under temporary names. No other run may be using the folder.
pub fn remove_partial(dir: &Utf8Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        // A name that is not UTF-8 is not ours.
        if let Ok(path) = Utf8PathBuf::try_from(entry?.path())
            && path.as_str().ends_with(PARTIAL)
        {
            remove(&path)?;
        }
    }
    Ok(())
}
