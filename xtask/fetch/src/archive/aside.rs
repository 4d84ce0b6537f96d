//! Files that are written under temporary names, and get their final ones together.

use std::fs::File;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::files::PARTIAL;
use tempfile::{Builder, NamedTempFile};

/// The folder that files are written to.
pub struct Aside {
    folder: Utf8PathBuf,
}

/// A file that has no final name yet; dropped without one, it is gone.
pub struct Nameless(NamedTempFile);

impl Aside {
    /// Makes the folder if needed, and removes what a killed run left there.
    pub fn new(folder: &Utf8Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        remove_old(folder, SystemTime::now());
        Ok(Self { folder: folder.to_owned() })
    }

    /// A new file, readable and executable by everybody.
    pub fn file(&self, name: &str) -> Result<Nameless> {
        let mut builder = Builder::new();
        // By this name, what a killed run leaves is known.
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

    /// Gives the file, which has been synced, its final name, in place of what had it before.
    pub fn name(&self, file: Nameless, name: &str) -> Result<Utf8PathBuf> {
        let path = self.folder.join(name);
        file.0.persist(&path).with_context(|| format!("cannot write {path}"))?;
        Ok(path)
    }
}

/// Nothing takes a day to unpack. Younger files may be those of another item, which may also be renaming them right now.
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

impl Nameless {
    pub fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    /// Returns when the contents are on the disk.
    pub fn sync(&self) -> Result<()> {
        self.0.as_file().sync_all().context("cannot write what was unpacked")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_run_left_goes_after_a_day() {
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
