use std::io;

use camino::Utf8Path;
use fs_err as fs;

#[cfg(test)]
thread_local! {
    /// The files and folders that this thread has synced.
    pub(super) static SYNCED: std::cell::RefCell<Vec<std::path::PathBuf>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Waits until the file is on the disk.
pub(super) fn sync(file: &fs::File) -> io::Result<()> {
    #[cfg(test)]
    SYNCED.with_borrow_mut(|synced| synced.push(file.path().to_owned()));
    file.sync_all()
}

/// Waits until the folder of `path` is on the disk, and with it a name that was just given.
#[cfg(unix)]
pub(super) fn sync_parent(path: &Utf8Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_str().is_empty()).unwrap_or(Utf8Path::new("."));
    match sync(&fs::File::open(folder)?) {
        // Some file systems, such as those shared with a virtual machine, cannot sync a folder.
        Err(error) if matches!(error.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Ok(())
        }
        synced => synced,
    }
}

/// Windows has no way to sync a folder.
#[cfg(not(unix))]
pub(super) fn sync_parent(_path: &Utf8Path) -> io::Result<()> {
    Ok(())
}
