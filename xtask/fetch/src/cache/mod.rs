//! Downloads, kept by their SHA-256 digest below the tool's cache folder and shared between projects.
//!
//! `prebuilt/sha256/HEX` holds whole downloads, `prebuilt/partial/` what is on its way. A run holds a shared lock on the
//! whole for as long as it works, and an exclusive one on each download while it brings it: the operating system lets go
//! of both when a process ends, however it ends.
//!
//! Invariants: a name in `sha256/` never holds a partial file; no download is handed out before its digest has been
//! checked; only a run that is alone removes anything that another could be using.

mod partial;

use std::fs::File;
use std::io::{self, Read as _, Seek as _};
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
pub use partial::{Origin, Partial};
use sixfold_image::hash::HashWriter as Hashing;
use sixfold_model::digest::Digest;
use sixfold_project::prebuilt::protocol;

const CHUNK: usize = 256 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// What has not been used for so long is removed. Whoever uses one says so by [`protocol::touch`].
const KEPT: Duration = Duration::from_secs(120 * DAY.as_secs());
/// What is left half-done for so long is not resumed any more.
const KEPT_PARTIAL: Duration = Duration::from_secs(7 * DAY.as_secs());

/// The folder, in use by this run.
pub struct Cache {
    root: Utf8PathBuf,
    _in_use: File,
}

/// A file whose digest has been checked, at its start.
#[derive(Debug)]
pub struct Blob {
    pub file: File,
    pub digest: Digest,
    /// In bytes.
    pub size: u64,
}

/// What the cache has of a digest.
#[derive(Debug)]
pub enum Found {
    Sound(Blob),
    Damaged,
    Nothing,
}

impl Cache {
    /// Makes the folder below the tool's cache folder if needed, and removes what is old, if no other run is there.
    pub fn open(root: &Utf8Path) -> Result<Self> {
        let folder = root.join("prebuilt");
        fs::create_dir_all(folder.join("sha256"))?;
        fs::create_dir_all(folder.join("partial"))?;
        let path = folder.join(".lock");
        let lock = File::create(&path).with_context(|| format!("cannot open {path}"))?;
        if lock.try_lock().is_ok() {
            sweep(&folder, SystemTime::now())?;
            lock.unlock().with_context(|| format!("cannot unlock {path}"))?;
        }
        lock.lock_shared().with_context(|| format!("cannot lock {path}"))?;
        Ok(Self { root: root.to_owned(), _in_use: lock })
    }

    /// The download with this digest, if it is here.
    pub fn find(&self, digest: &Digest) -> Result<Found> {
        let path = self.path(digest);
        let file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
            Err(error) => return Err(error).with_context(|| format!("cannot open {path}")),
        };
        let blob = Blob::check(file).with_context(|| format!("cannot read {path}"))?;
        if blob.digest != *digest {
            return Ok(Found::Damaged);
        }
        protocol::touch(&path);
        Ok(Found::Sound(blob))
    }

    /// Takes the place of a download that is to be brought, and waits for another run that is bringing the same.
    /// `key` tells downloads apart and is a file name.
    pub fn partial(&self, key: &str) -> Result<Partial> {
        Partial::take(&self.root.join("prebuilt/partial"), key)
    }

    /// Gives a whole download its final name, in place of a damaged one.
    pub fn keep(&self, partial: &Partial, digest: &Digest) -> Result<()> {
        partial.rename_to(&self.path(digest))
    }

    fn path(&self, digest: &Digest) -> Utf8PathBuf {
        protocol::cached(&self.root, digest)
    }
}

impl Blob {
    /// Reads the whole file for its digest.
    pub fn check(mut file: File) -> io::Result<Self> {
        let mut out = Hashing::new(io::sink());
        io::copy(&mut io::BufReader::with_capacity(CHUNK, &file), &mut out)?;
        let (_, digest, size) = out.finish();
        file.rewind()?;
        Ok(Self { file, digest, size })
    }

    /// Whether it starts as a page of HTML does.
    pub fn is_page(&mut self) -> io::Result<bool> {
        let mut start = vec![];
        (&self.file).take(256).read_to_end(&mut start)?;
        self.file.rewind()?;
        let text = String::from_utf8_lossy(&start).to_ascii_lowercase();
        let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
        Ok(text.starts_with("<!doctype html") || text.starts_with("<html"))
    }
}

/// Removes what is old. Needs the exclusive lock: locks of single downloads are removed, too.
fn sweep(folder: &Utf8Path, now: SystemTime) -> Result<()> {
    for (name, kept) in [("sha256", KEPT), ("partial", KEPT_PARTIAL)] {
        for entry in folder.join(name).read_dir_utf8()? {
            let entry = entry?;
            let modified = entry.metadata()?.modified()?;
            let is_old = now.duration_since(modified).is_ok_and(|age| age > kept);
            if is_old || entry.path().extension() == Some(partial::LOCK) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        (folder, path)
    }

    fn bring(cache: &Cache, content: &[u8]) -> Digest {
        let digest = Digest::of(content);
        let partial = cache.partial(digest.hex()).unwrap();
        partial.restart(None).unwrap();
        io::Write::write_all(&mut partial.append().unwrap(), content).unwrap();
        cache.keep(&partial, &digest).unwrap();
        digest
    }

    #[test]
    fn what_is_kept_is_found_until_it_is_damaged() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let digest = bring(&cache, b"program");
        let Found::Sound(blob) = cache.find(&digest).unwrap() else { panic!() };
        assert_eq!((blob.size, &blob.digest), (7, &digest));
        fs::write(protocol::cached(&path, &digest), b"Program").unwrap();
        assert!(matches!(cache.find(&digest).unwrap(), Found::Damaged));
        bring(&cache, b"program");
        assert!(matches!(cache.find(&digest).unwrap(), Found::Sound(_)));
        assert!(matches!(cache.find(&Digest::of(b"other")).unwrap(), Found::Nothing));
    }

    #[test]
    fn what_is_old_goes_when_nobody_else_is_there() {
        let (_folder, path) = folder();
        let cache = Cache::open(&path).unwrap();
        let digest = bring(&cache, b"program");
        cache.partial("half").unwrap().restart(None).unwrap();
        let names = || {
            let all = walk(&path.join("prebuilt"));
            all.iter().filter(|name| *name != ".lock").count()
        };
        assert_eq!(names(), 4, "two locks, one download and one half");
        let later = |days: u32| SystemTime::now() + DAY * days;
        sweep(&path.join("prebuilt"), later(2)).unwrap();
        assert_eq!(names(), 2, "only the locks go at once");
        sweep(&path.join("prebuilt"), later(8)).unwrap();
        assert!(matches!(cache.find(&digest).unwrap(), Found::Sound(_)));
        assert_eq!(names(), 1);
        sweep(&path.join("prebuilt"), later(121)).unwrap();
        assert_eq!(names(), 0);
    }

    #[test]
    fn a_run_that_is_not_alone_removes_nothing() {
        let (_folder, path) = folder();
        let first = Cache::open(&path).unwrap();
        let partial = first.partial("key").unwrap();
        let second = Cache::open(&path).unwrap();
        assert!(path.join("prebuilt/partial/key.lock").exists());
        drop((partial, first, second));
        drop(Cache::open(&path).unwrap());
        assert!(!path.join("prebuilt/partial/key.lock").exists());
    }

    fn walk(path: &Utf8Path) -> Vec<String> {
        let mut names = vec![];
        for entry in path.read_dir_utf8().unwrap() {
            let entry = entry.unwrap();
            match entry.file_type().unwrap().is_dir() {
                true => names.extend(walk(entry.path())),
                false => names.push(entry.file_name().to_owned()),
            }
        }
        names
    }
}
