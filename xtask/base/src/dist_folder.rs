//! The dist folder, `target/dist`: its lock, and the rule that a final name never holds a partial file.

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::lock;
use crate::process::watchdog::ChildrenGuard;

/// What a name ends with while its file or folder is being written.
pub const PARTIAL: &str = ".partial";

/// The folder, held by this process alone until the value is dropped.
#[derive(Debug)]
pub struct DistFolder {
    path: Utf8PathBuf,
    /// Dropped before the lock, which it holds too.
    guard: Option<ChildrenGuard>,
    lock: File,
}

impl DistFolder {
    /// Makes the folder if needed, waits for another run to finish, and removes what a killed run left.
    pub fn take(path: Utf8PathBuf) -> Result<Self> {
        fs::create_dir_all(&path).with_context(|| cannot_write(&path))?;
        let lock = lock::wait(&path.join(".lock"), &path)?;
        let folder = Self { path, guard: None, lock };
        folder.remove_partial()?;
        Ok(folder)
    }

    /// The same, and whatever this program starts from now on is gone before another run gets the folder, even when this
    /// one is killed.
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

    /// Writes a file under its final name in one step.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<Utf8PathBuf> {
        let path = self.join(name);
        self.write_to(&path, content)?;
        Ok(path)
    }

    /// The same, for a file of a folder in this one, which is made if needed.
    pub fn write_to(&self, path: &Utf8Path, content: &[u8]) -> Result<()> {
        let partial = self.partial(path.file_name().unwrap_or_default());
        let mut file = fs::File::create(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        drop(file);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        Ok(fs::rename(&partial, path)?)
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
            remove(old.as_std_path())?;
        }
        Ok(path)
    }

    /// Fails where a folder has the name of a file that is to be written, which can be known before it is made.
    pub fn is_free_for_file(&self, name: &str) -> Result<()> {
        let path = self.join(name);
        ensure!(!path.is_dir(), "{path} is a folder, where a file is to be written: remove it");
        Ok(())
    }

    fn remove_partial(&self) -> Result<()> {
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            // Names that are not UTF-8 are not ours, and are no reason to stop.
            if entry.file_name().as_encoded_bytes().ends_with(PARTIAL.as_bytes()) {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }
}

/// Removes a file, or a folder with all that is in it.
fn remove(path: &Path) -> Result<()> {
    match fs::symlink_metadata(path)?.is_dir() {
        true => fs::remove_dir_all(path)?,
        false => fs::remove_file(path)?,
    }
    Ok(())
}

/// What mends a folder that cannot be made.
fn cannot_write(path: &Utf8Path) -> String {
    match path.ancestors().find(|path| path.exists() && !path.is_dir()) {
        Some(file) => format!("{file} is no folder, and the tool needs one there: remove or rename it"),
        None => format!("all that the tool makes goes into {path}: let it write there"),
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
        add_foreign_name(&path);
        let folder = DistFolder::take(path.clone()).unwrap();
        assert!(!path.join("stage.partial").exists() && !path.join("a.tar.partial").exists());
        assert_eq!(std::fs::read_to_string(folder.join("a.tar")).unwrap(), "whole");
    }

    /// A name that is not UTF-8, where the system takes one.
    fn add_foreign_name(dir: &Utf8Path) {
        #[cfg(target_os = "linux")]
        {
            use std::os::unix::ffi::OsStrExt as _;
            std::fs::write(dir.as_std_path().join(std::ffi::OsStr::from_bytes(b"\xff.txt")), "").unwrap();
        }
        let _ = dir;
    }

    #[test]
    fn what_is_in_the_way_is_named() {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().join("target")).unwrap();
        std::fs::write(&path, "").unwrap();
        let error = DistFolder::take(path.join("dist")).unwrap_err().to_string();
        assert_eq!(error, format!("{path} is no folder, and the tool needs one there: remove or rename it"));
        std::fs::remove_file(&path).unwrap();
        std::fs::create_dir_all(path.join("dist/.lock")).unwrap();
        let error = DistFolder::take(path.join("dist")).unwrap_err().to_string();
        assert_eq!(
            error,
            format!(
                "cannot open {}: remove what has this name, or let the tool write there",
                path.join("dist").join(".lock")
            )
        );
        std::fs::remove_dir(path.join("dist/.lock")).unwrap();
        let folder = DistFolder::take(path.join("dist")).unwrap();
        std::fs::create_dir(folder.join("a.tar")).unwrap();
        let error = folder.is_free_for_file("a.tar").unwrap_err().to_string();
        assert!(error.ends_with("a.tar is a folder, where a file is to be written: remove it"), "{error}");
    }

    #[test]
    fn a_finished_folder_replaces_the_one_before() {
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
