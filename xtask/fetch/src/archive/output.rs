//! Files that are written under temporary names, and renamed when all of them are complete.

use std::time::{Duration, SystemTime};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::files::{PARTIAL, PartialFile};

pub(crate) struct OutputFolder {
    path: Utf8PathBuf,
}

impl OutputFolder {
    /// Creates the folder if necessary, and removes what killed runs left in it.
    pub(crate) fn create(path: &Utf8Path) -> Result<Self> {
        fs::create_dir_all(path)?;
        remove_old(path, SystemTime::now());
        Ok(Self { path: path.to_owned() })
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// Begins a file with mode 0755 that will be called `name`. Another item may be writing the same file.
    pub(crate) fn file(&self, name: &str) -> Result<PartialFile> {
        let file = PartialFile::create_unique(&self.path(name))?;
        #[cfg(unix)]
        file.file().set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        Ok(file)
    }
}

/// Removes files that are older than a day. Unpacking never takes that long, while a younger file may belong to another
/// item, which may be renaming it at this moment.
fn remove_old(folder: &Utf8Path, now: SystemTime) {
    const DAY: Duration = Duration::from_secs(24 * 60 * 60);
    for entry in folder.read_dir_utf8().into_iter().flatten().flatten() {
        let is_partial = entry.file_name().starts_with('.') && entry.file_name().ends_with(PARTIAL);
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let is_old = modified.is_ok_and(|then| now.duration_since(then).is_ok_and(|age| age > DAY));
        if is_partial && is_old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed_after_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (left, other) = (folder.join(format!(".tool-x{PARTIAL}")), folder.join("tool"));
        fs::write(&left, "").unwrap();
        fs::write(&other, "").unwrap();
        let later = |hours: u64| SystemTime::now() + Duration::from_secs(hours * 60 * 60);
        remove_old(folder, later(23));
        assert!(left.exists());
        remove_old(folder, later(25));
        assert!(!left.exists() && other.exists());
    }
}
