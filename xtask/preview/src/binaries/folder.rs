//! The folder that host binaries run from: `target/dist/preview/NUMBER/host`.
//!
//! They are copies, so that a build can replace the original at any time: Windows locks the file of a running program. Each
//! preview uses the first folder whose lock is free, and removes what an earlier run has left in it.

use std::fs::File;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::lock;

/// How many previews of one project can run at the same time.
const MAX_PREVIEWS: usize = 32;

/// A folder that is locked until this value is dropped.
#[derive(Debug)]
pub struct BinaryFolder {
    preview: Utf8PathBuf,
    path: Utf8PathBuf,
    _lock: File,
}

impl BinaryFolder {
    /// Locks a free folder in `dir`, and empties it.
    pub fn take(dir: &Utf8Path) -> Result<Self> {
        for number in 0..MAX_PREVIEWS {
            let preview = dir.join(number.to_string());
            fs::create_dir_all(&preview)?;
            let Some(_lock) = lock::take(&preview.join(".lock"))? else { continue };
            let path = preview.join("host");
            if path.exists() {
                fs::remove_dir_all(&path)?;
            }
            fs::create_dir_all(&path)?;
            let preview = without_verbatim_prefix(preview.canonicalize_utf8()?);
            return Ok(Self { path: preview.join("host"), preview, _lock });
        }
        bail!("{MAX_PREVIEWS} previews of this project are already running\nhelp: end some of them")
    }

    /// The absolute path of the folder with the host binaries.
    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// `target/dist/preview/NUMBER`.
    pub(crate) fn preview_folder(&self) -> &Utf8Path {
        &self.preview
    }

    /// Copies `binary` into the folder as `name`, replacing the previous one in one step. A process that runs the previous
    /// one is not affected.
    pub fn install(&self, name: &str, binary: &Utf8Path) -> Result<()> {
        let (path, partial) = (self.path.join(name), self.path.join(format!("{name}.partial")));
        fs::copy(binary, &partial)?;
        // A downloaded file may not be executable.
        #[cfg(unix)]
        fs::set_permissions(&partial, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        if cfg!(windows) && path.exists() {
            // A file that is running can be renamed, but not replaced.
            let old = (0..).map(|number| self.path.join(format!("{name}.{number}.old")));
            if let Some(old) = old.into_iter().find(|old| !old.exists() || fs::remove_file(old).is_ok()) {
                fs::rename(&path, &old)?;
            }
        }
        fs::rename(&partial, &path)?;
        Ok(())
    }
}

/// Removes the prefix `\\?\` that canonical paths have on Windows, because many programs cannot handle it.
pub(crate) fn without_verbatim_prefix(path: Utf8PathBuf) -> Utf8PathBuf {
    match path.as_str().strip_prefix(r"\\?\") {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => Utf8Path::new(rest).to_owned(),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_paths_lose_their_verbatim_prefix() {
        for (path, expected) in
            [(r"\\?\C:\a", r"C:\a"), (r"\\?\UNC\s\a", r"\\?\UNC\s\a"), ("/a", "/a"), (r"C:\a", r"C:\a")]
        {
            assert_eq!(without_verbatim_prefix(path.into()), expected);
        }
    }

    #[test]
    fn two_previews_use_different_folders_and_the_next_one_starts_empty() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let first = BinaryFolder::take(dir).unwrap();
        let second = BinaryFolder::take(dir).unwrap();
        assert_ne!(first.path(), second.path());
        first.install("tool", &dir.join("0/.lock")).unwrap();
        first.install("tool", &dir.join("0/.lock")).unwrap();
        assert!(first.path().join("tool").is_file());
        let path = first.path().to_owned();
        drop(first);
        let third = BinaryFolder::take(dir).unwrap();
        assert_eq!(third.path(), path);
        assert_eq!(third.path().read_dir_utf8().unwrap().count(), 0);
    }
}
