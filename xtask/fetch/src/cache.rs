//! Downloads, stored by their SHA-256 digest in the tool's cache folder and shared between projects.
//!
//! `prebuilt/sha256/HEX` holds complete downloads, `prebuilt/partial/` those in progress. A run holds a shared lock on
//! the cache while it works, and an exclusive lock for each digest that it downloads. The operating system releases
//! both when a process ends, however it ends.
//!
//! Invariants: a name in `sha256/` never holds a partial file; a cached file is returned only after its digest has been
//! verified; a run removes files only while no other run uses the cache.

use std::fs::File;
use std::io;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::files::{self, PartialFile};
use sixfold_base::terminal;
use sixfold_model::digest::Digest;
use sixfold_project::prebuilt::protocol;

use crate::blob::Blob;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// A download that has not been used for this long is removed. Every use is recorded with [`protocol::touch`].
const MAX_AGE: Duration = Duration::from_secs(120 * DAY.as_secs());

/// The cache, in use by this run.
pub(crate) struct Cache {
    root: Utf8PathBuf,
    _in_use: File,
}

/// What the cache holds for a digest.
#[derive(Debug)]
pub(crate) enum Entry {
    Valid(Blob),
    Damaged,
    Missing,
}

impl Cache {
    /// Opens the cache below the tool's cache folder `root`, and creates it if necessary. If no other run uses it,
    /// files that are no longer needed are removed.
    pub(crate) fn open(root: &Utf8Path) -> Result<Self> {
        let folder = root.join("prebuilt");
        fs::create_dir_all(folder.join("sha256"))?;
        fs::create_dir_all(folder.join("partial"))?;
        let path = folder.join(".lock");
        let lock = File::create(&path).with_context(|| format!("cannot open {path}"))?;
        if lock.try_lock().is_ok() {
            clean(&folder, SystemTime::now())?;
            lock.unlock().with_context(|| format!("cannot unlock {path}"))?;
        }
        lock.lock_shared().with_context(|| format!("cannot lock {path}"))?;
        Ok(Self { root: root.to_owned(), _in_use: lock })
    }

    /// Looks up the download with this digest, and verifies it.
    pub(crate) fn find(&self, digest: &Digest) -> Result<Entry> {
        let path = self.path(digest);
        let file = match files::open_regular(&path) {
            Ok(file) => file.into_file(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Entry::Missing),
            Err(error) if path.is_file() => return Err(error).with_context(|| format!("cannot open {path}")),
            Err(_) => {
                files::remove(&path)?;
                return Ok(Entry::Damaged);
            }
        };
        let blob = Blob::read(file).with_context(|| format!("cannot read {path}"))?;
        if blob.digest != *digest {
            return Ok(Entry::Damaged);
        }
        protocol::touch(&path);
        Ok(Entry::Valid(blob))
    }

    /// Waits until nothing else downloads this digest, in this run or in another one. The lock is held until the
    /// returned file is dropped.
    pub(crate) fn lock(&self, digest: &Digest) -> Result<File> {
        let path = self.partial().join(format!("{}.lock", digest.hex()));
        let lock = File::create(&path).with_context(|| format!("cannot open {path}"))?;
        // If the lock cannot be taken for any other reason, `lock` reports it.
        if lock.try_lock().is_err() {
            terminal::step("Waiting", "for another download of the same file");
            lock.lock().with_context(|| format!("cannot lock {path}"))?;
        }
        Ok(lock)
    }

    /// A new file to download into. It is deleted when it is dropped.
    pub(crate) fn temporary_file(&self) -> Result<PartialFile> {
        Ok(PartialFile::create_unique(&self.partial().join("download"))?)
    }

    /// Moves a complete download to its final name, and replaces a damaged one.
    pub(crate) fn store(&self, file: PartialFile, digest: &Digest) -> Result<()> {
        Ok(file.commit_as(&self.path(digest))?)
    }

    fn partial(&self) -> Utf8PathBuf {
        self.root.join("prebuilt/partial")
    }

    fn path(&self, digest: &Digest) -> Utf8PathBuf {
        protocol::cached(&self.root, digest)
    }
}

/// Removes downloads that have not been used for a long time, and what interrupted runs left. The caller must hold the
/// exclusive lock of the cache, because partial files and the locks of single downloads are removed too.
fn clean(folder: &Utf8Path, now: SystemTime) -> Result<()> {
    for entry in folder.join("partial").read_dir_utf8()? {
        files::remove(entry?.path())?;
    }
    for entry in folder.join("sha256").read_dir_utf8()? {
        let entry = entry?;
        let modified = entry.metadata()?.modified()?;
        if now.duration_since(modified).is_ok_and(|age| age > MAX_AGE) {
            files::remove(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    fn store(cache: &Cache, content: &[u8]) -> Digest {
        let digest = Digest::of(content);
        let mut file = cache.temporary_file().unwrap();
        file.write_all(content).unwrap();
        cache.store(file, &digest).unwrap();
        digest
    }

    #[test]
    fn a_stored_file_is_found_until_it_is_damaged() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let digest = store(&cache, b"program");
        let Entry::Valid(blob) = cache.find(&digest).unwrap() else { panic!() };
        assert_eq!((blob.size, &blob.digest), (7, &digest));
        fs::write(protocol::cached(&path, &digest), b"Program").unwrap();
        assert!(matches!(cache.find(&digest).unwrap(), Entry::Damaged));
        store(&cache, b"program");
        assert!(matches!(cache.find(&digest).unwrap(), Entry::Valid(_)));
        assert!(matches!(cache.find(&Digest::of(b"other")).unwrap(), Entry::Missing));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_a_file_is_replaced() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let digest = store(&cache, b"program");
        let name = protocol::cached(&path, &digest);
        let pipe = || assert!(std::process::Command::new("mkfifo").arg(&name).status().unwrap().success());
        let device = || std::os::unix::fs::symlink("/dev/zero", &name).unwrap();
        let folder = || fs::create_dir_all(name.join("folder")).unwrap();
        for replace in [&pipe as &dyn Fn(), &device, &folder] {
            files::remove(&name).unwrap();
            replace();
            protocol::touch(&name);
            assert!(matches!(cache.find(&digest).unwrap(), Entry::Damaged));
            store(&cache, b"program");
            assert!(matches!(cache.find(&digest).unwrap(), Entry::Valid(_)));
        }
    }

    #[test]
    fn old_and_partial_files_are_removed() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let digest = store(&cache, b"program");
        let lock = cache.lock(&digest).unwrap();
        let partial = cache.temporary_file().unwrap();
        let names = || {
            let all = walk(&path.join("prebuilt"));
            all.iter().filter(|name| *name != ".lock").count()
        };
        assert_eq!(names(), 3, "a lock, a complete download and a partial one");
        drop(lock);
        // As a killed run does.
        std::mem::forget(partial);
        let later = |days: u32| SystemTime::now() + DAY * days;
        clean(&path.join("prebuilt"), later(119)).unwrap();
        assert!(matches!(cache.find(&digest).unwrap(), Entry::Valid(_)));
        assert_eq!(names(), 1);
        clean(&path.join("prebuilt"), later(121)).unwrap();
        assert_eq!(names(), 0);
    }

    #[test]
    fn nothing_is_removed_while_another_run_uses_the_cache() {
        let (_folder, path) = folder();
        let first = Cache::open(&path).unwrap();
        let digest = Digest::of(b"program");
        let lock = first.lock(&digest).unwrap();
        let partial = first.temporary_file().unwrap();
        let second = Cache::open(&path).unwrap();
        let lock_path = path.join(format!("prebuilt/partial/{}.lock", digest.hex()));
        let path_of_partial = partial.file().path().to_owned();
        assert!(lock_path.exists() && path_of_partial.exists());
        std::mem::forget(partial);
        drop((lock, first, second));
        drop(Cache::open(&path).unwrap());
        assert!(!lock_path.exists() && !path_of_partial.exists());
    }

    #[test]
    fn a_file_that_was_not_stored_is_deleted() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let file = cache.temporary_file().unwrap();
        let partial = file.file().path().to_owned();
        assert!(partial.exists());
        drop(file);
        assert!(!partial.exists());
    }

    fn walk(path: &Utf8Path) -> Vec<String> {
        let mut names = vec![];
        for entry in path.read_dir_utf8().unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                names.extend(walk(entry.path()));
            } else {
                names.push(entry.file_name().to_owned());
            }
        }
        names
    }
}
