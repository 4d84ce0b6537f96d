//! The dist folder, `target/dist`: its lock, and the rule that a final name never holds a partial file.

use std::fs::File;
use std::io::Write as _;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::lock;
use crate::process::warden::Guard;

/// What a name ends with while its file or folder is being written.
pub const PARTIAL: &str = ".partial";

/// The folder, held by this process alone until the value is dropped.
#[derive(Debug)]
pub struct DistFolder {
    path: Utf8PathBuf,
    /// Dropped before the lock, which it holds too.
    guard: Option<Guard>,
    lock: File,
}

impl DistFolder {
    /// Makes the folder if needed, waits for another run to finish, and removes what a killed run left.
    pub fn take(path: Utf8PathBuf) -> Result<Self> {
        fs::create_dir_all(&path)?;
        let lock = lock::wait(&path.join(".lock"), &path)?;
        let folder = Self { path, guard: None, lock };
        folder.remove_partial()?;
        Ok(folder)
    }

    /// The same, and whatever this program starts from now on is gone before another run gets the folder, even when this
    /// one is killed.
    pub fn guarded(mut self) -> Result<Self> {
        self.guard = Some(Guard::start(&self.lock)?);
        Ok(self)
    }

    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    pub fn join(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// Writes a file under its final name in one step.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<Utf8PathBuf> {
        let (partial, path) = (self.partial(name), self.join(name));
        let mut file = fs::File::create(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&partial, &path)?;
        Ok(path)
    }

    /// Removes a file, if it is there.
    pub fn forget(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The name under which `name` is written before it is whole.
    pub fn partial(&self, name: &str) -> Utf8PathBuf {
        self.path.join(format!("{name}{PARTIAL}"))
    }

    /// Gives a finished folder its final name, in place of what had it before.
    pub fn replace_dir(&self, name: &str) -> Result<Utf8PathBuf> {
        let (partial, path, old) =
            (self.partial(name), self.join(name), self.partial(&format!("{name}.old")));
        if path.exists() {
            fs::rename(&path, &old)?;
        }
        fs::rename(&partial, &path)?;
        if old.exists() {
            fs::remove_dir_all(&old)?;
        }
        Ok(path)
    }

    fn remove_partial(&self) -> Result<()> {
        for entry in self.path.read_dir_utf8()? {
            let entry = entry?;
            if entry.file_name().ends_with(PARTIAL) {
                match entry.file_type()?.is_dir() {
                    true => fs::remove_dir_all(entry.path())?,
                    false => fs::remove_file(entry.path())?,
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_killed_run_leaves_nothing_to_the_next() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        std::fs::create_dir(path.join("stage.partial")).unwrap();
        std::fs::write(path.join("stage.partial/x"), "x").unwrap();
        std::fs::write(path.join("a.tar.partial"), "half").unwrap();
        std::fs::write(path.join("a.tar"), "whole").unwrap();
        let folder = DistFolder::take(path.clone()).unwrap();
        assert!(!path.join("stage.partial").exists() && !path.join("a.tar.partial").exists());
        assert_eq!(std::fs::read_to_string(folder.join("a.tar")).unwrap(), "whole");
    }

    #[test]
    fn a_finished_folder_replaces_the_one_before() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DistFolder::take(temp.path().to_owned().try_into().unwrap()).unwrap();
        for round in ["first", "second"] {
            std::fs::create_dir(folder.partial("stage")).unwrap();
            std::fs::write(folder.partial("stage").join(round), "").unwrap();
            let stage = folder.replace_dir("stage").unwrap();
            assert_eq!(stage.read_dir_utf8().unwrap().count(), 1);
            assert!(stage.join(round).exists());
        }
    }
}
