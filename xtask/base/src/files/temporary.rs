use std::io::{self, ErrorKind};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

/// How the name of a file or folder ends while it is being written.
pub const PARTIAL: &str = ".partial";

/// The temporary name beside `path`.
pub fn partial(path: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{path}{PARTIAL}"))
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
