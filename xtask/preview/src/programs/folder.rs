//! The folder of the programs: `target/dist/preview/NUMBER/host`.
//!
//! Programs run from copies, so that a rebuild can replace the original at any time: Windows locks a file that runs. Each
//! preview has a folder of its own, the first whose lock is free; what an earlier run left in it is removed.

use std::fs::File;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::lock;

/// Previews of one project at the same time.
const MOST: usize = 32;

#[derive(Debug)]
pub struct Folder {
    own: Utf8PathBuf,
    path: Utf8PathBuf,
    _lock: File,
}

impl Folder {
    /// Takes a free folder below `dir`, empty.
    pub fn take(dir: &Utf8Path) -> Result<Self> {
        for number in 0..MOST {
            let own = dir.join(number.to_string());
            fs::create_dir_all(&own)?;
            let Some(_lock) = lock::take(&own.join(".lock"))? else { continue };
            let path = own.join("host");
            if path.exists() {
                fs::remove_dir_all(&path)?;
            }
            fs::create_dir_all(&path)?;
            let own = simplified(own.canonicalize_utf8()?);
            return Ok(Self { path: own.join("host"), own, _lock });
        }
        bail!("{MOST} previews of this project are running: end some of them")
    }

    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// `target/dist/preview/NUMBER`.
    pub fn own(&self) -> &Utf8Path {
        &self.own
    }

    /// Puts a copy of `program` into the folder under `name`, in one step. One that runs goes on as it is.
    pub fn put(&self, name: &str, program: &Utf8Path) -> Result<()> {
        let (path, partial) = (self.path.join(name), self.path.join(format!("{name}.partial")));
        fs::copy(program, &partial)?;
        // What was downloaded need not be executable.
        #[cfg(unix)]
        fs::set_permissions(&partial, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        if cfg!(windows) && path.exists() {
            // It may run, and then can be given another name, but not be replaced.
            let old = (0..).map(|number| self.path.join(format!("{name}.{number}.old")));
            if let Some(old) = old.into_iter().find(|old| !old.exists() || fs::remove_file(old).is_ok()) {
                fs::rename(&path, &old)?;
            }
        }
        fs::rename(&partial, &path)?;
        Ok(())
    }
}

/// Windows gives canonical paths a prefix that programs stumble over.
pub fn simplified(path: Utf8PathBuf) -> Utf8PathBuf {
    match path.as_str().strip_prefix(r"\\?\") {
        Some(rest) if rest.as_bytes().get(1) == Some(&b':') => Utf8Path::new(rest).to_owned(),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_windows_lose_their_prefix() {
        for (path, expected) in
            [(r"\\?\C:\a", r"C:\a"), (r"\\?\UNC\s\a", r"\\?\UNC\s\a"), ("/a", "/a"), (r"C:\a", r"C:\a")]
        {
            assert_eq!(simplified(path.into()), expected);
        }
    }

    #[test]
    fn two_previews_have_folders_of_their_own_and_a_later_one_starts_empty() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        let first = Folder::take(dir).unwrap();
        let second = Folder::take(dir).unwrap();
        assert_ne!(first.path(), second.path());
        first.put("tool", &dir.join("0/.lock")).unwrap();
        first.put("tool", &dir.join("0/.lock")).unwrap();
        assert!(first.path().join("tool").is_file());
        let path = first.path().to_owned();
        drop(first);
        let third = Folder::take(dir).unwrap();
        assert_eq!(third.path(), path);
        assert_eq!(third.path().read_dir_utf8().unwrap().count(), 0);
    }
}
