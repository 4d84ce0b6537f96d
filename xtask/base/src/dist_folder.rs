//! The folder for everything that a build makes, `target/dist`, and its lock.
//!
//! Invariant: a final name in it never stands for something half-written, see [`crate::files`].

use std::fs::File;
use std::io::{ErrorKind, Write as _};

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::files::{self, PARTIAL, PartialFile};
use crate::lock;
use crate::process::watchdog::ChildrenGuard;

/// The folder, locked by this process until the value is dropped.
#[derive(Debug)]
pub struct DistFolder {
    path: Utf8PathBuf,
    /// Dropped before the lock, which it also holds.
    guard: Option<ChildrenGuard>,
    lock: File,
    waited: bool,
}

impl DistFolder {
    /// Creates the folder if needed, waits for another run to finish, and removes what a killed run left.
    pub fn take(path: Utf8PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).with_context(|| cannot_create(&path))?;
        let (lock, waited) = lock::wait(&path.join(".lock"), &path)?;
        files::remove_partial(&path)?;
        Ok(Self { path, guard: None, lock, waited })
    }

    /// True if another run had the folder. What was read before may have changed since: that run may have taken minutes.
    pub fn had_to_wait(&self) -> bool {
        self.waited
    }

    /// From now on, every child process of this program is gone before another run gets the folder, even if this program
    /// is killed.
    pub fn guarded(mut self) -> Result<Self> {
        self.guard = Some(ChildrenGuard::start(&self.lock)?);
        Ok(self)
    }

    pub fn path(&self) -> &Utf8Path {
        &self.path
    }

    pub fn join(&self, name: &str) -> Utf8PathBuf {
        self.path.join(name)
    }

    /// Writes a file in one step. Returns its path.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<Utf8PathBuf> {
        let path = self.join(name);
        self.write_to(&path, content)?;
        Ok(path)
    }

    /// Writes a file in a subfolder in one step. Creates the subfolder if needed.
    pub fn write_to(&self, path: &Utf8Path, content: &[u8]) -> Result<()> {
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        // In the folder itself, where the next run removes what a killed run has left.
        let mut file = PartialFile::create_in(&self.path, path)?;
        file.write_all(content)?;
        Ok(file.commit()?)
    }

    /// Removes a file, if it exists.
    pub fn forget(&self, name: &str) -> Result<()> {
        match fs::remove_file(self.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// The temporary name of a file or folder until it is complete.
    pub fn partial(&self, name: &str) -> Utf8PathBuf {
        self.path.join(format!("{name}{PARTIAL}"))
    }

    /// Gives the folder that was made under the temporary name its final name, in place of what had it.
    pub fn replace_dir(&self, name: &str) -> Result<Utf8PathBuf> {
        let path = self.join(name);
        files::commit_dir(&self.partial(name), &path)?;
        Ok(path)
    }

    /// Fails if a folder has the name of a file that will be written, so that this is known before work begins.
    pub fn is_free_for_file(&self, name: &str) -> Result<()> {
        let path = self.join(name);
        ensure!(!path.is_dir(), "cannot write {path}: it is a folder\nhelp: remove or rename the folder");
        Ok(())
    }
}

fn cannot_create(path: &Utf8Path) -> String {
    match path.ancestors().find(|path| path.exists() && !path.is_dir()) {
        Some(file) => format!("cannot create {path}: {file} is not a folder\nhelp: remove or rename {file}"),
        None => {
            format!("cannot create {path}\nhelp: make {path} writable: everything that is built goes there")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leftovers_of_a_killed_run_are_removed() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        std::fs::create_dir(path.join("stage.partial")).unwrap();
        std::fs::write(path.join("stage.partial/x"), "x").unwrap();
        std::fs::write(path.join("a.tar.partial"), "half").unwrap();
        std::fs::write(path.join("a.tar"), "whole").unwrap();
        add_foreign_name(&path);
        let folder = DistFolder::take(path.clone()).unwrap();
        assert!(!path.join("stage.partial").exists() && !path.join("a.tar.partial").exists());
        assert_eq!(std::fs::read_to_string(folder.join("a.tar")).unwrap(), "whole");
    }

    /// Adds a name that is not UTF-8, where the system accepts one.
    fn add_foreign_name(dir: &Utf8Path) {
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::write(dir.as_std_path().join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").unwrap();
        }
        let _ = dir;
    }

    #[test]
    fn what_has_the_name_of_the_folder_or_of_a_file_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().join("target")).unwrap();
        std::fs::write(&path, "").unwrap();
        let dist = path.join("dist");
        let error = DistFolder::take(dist.clone()).unwrap_err().to_string();
        assert_eq!(
            error,
            format!("cannot create {dist}: {path} is not a folder\nhelp: remove or rename {path}")
        );
        std::fs::remove_file(&path).unwrap();
        let lock = dist.join(".lock");
        std::fs::create_dir_all(&lock).unwrap();
        let error = DistFolder::take(dist.clone()).unwrap_err().to_string();
        assert!(error.starts_with(&format!("cannot open {lock}\nhelp: ")), "{error}");
        std::fs::remove_dir(lock).unwrap();
        let folder = DistFolder::take(dist).unwrap();
        std::fs::create_dir(folder.join("a.tar")).unwrap();
        let error = folder.is_free_for_file("a.tar").unwrap_err().to_string();
        assert!(error.ends_with("a.tar: it is a folder\nhelp: remove or rename the folder"), "{error}");
    }

    #[test]
    fn a_finished_folder_replaces_the_previous_one() {
        let temp = tempfile::tempdir().unwrap();
        let folder = DistFolder::take(temp.path().to_owned().try_into().unwrap()).unwrap();
        std::fs::write(folder.join("stage"), "a file in its place").unwrap();
        for round in ["first", "second"] {
            std::fs::create_dir(folder.partial("stage")).unwrap();
            std::fs::write(folder.partial("stage").join(round), "").unwrap();
            let stage = folder.replace_dir("stage").unwrap();
            assert_eq!(stage.read_dir_utf8().unwrap().count(), 1);
            assert!(stage.join(round).exists());
        }
    }
}
