//! A download on its way, which one run at a time may bring.

use std::fs::{File, TryLockError};
use std::io;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::{Deserialize, Serialize};
use sixfold_base::terminal;
use sixfold_model::digest::Digest;

/// What the names of locks end with.
pub const LOCK: &str = "lock";

/// The file that a download is written to, held by this run until the value is dropped.
#[derive(Debug)]
pub struct Partial {
    path: Utf8PathBuf,
    /// Holds an [`Origin`] as JSON: without it, the bytes are of no use.
    note: Utf8PathBuf,
    _lock: File,
}

/// Of what the bytes are the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The fingerprint of the whole URL.
    pub address: Digest,
    /// The `ETag` or `Last-Modified` of the server.
    pub version: String,
    /// Length of the whole in bytes.
    pub total: Option<u64>,
}

impl Partial {
    pub(super) fn take(folder: &Utf8Path, key: &str) -> Result<Self> {
        let path = folder.join(format!("{key}.{LOCK}"));
        let lock = File::create(&path).with_context(|| format!("cannot open {path}"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                terminal::step("Waiting", "for the same download, which is under way elsewhere");
                lock.lock().with_context(|| format!("cannot lock {path}"))?;
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {path}"));
            }
        }
        Ok(Self { path: folder.join(key), note: folder.join(format!("{key}.json")), _lock: lock })
    }

    /// How many bytes are here.
    pub fn len(&self) -> u64 {
        self.path.metadata().map_or(0, |metadata| metadata.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Of what the bytes are the beginning, if that is known and has this address.
    pub fn origin(&self, address: &Digest) -> Option<Origin> {
        let origin: Origin = serde_json::from_slice(&fs::read(&self.note).ok()?).ok()?;
        Some(origin).filter(|origin| origin.address == *address)
    }

    /// Empties the file, which is to be the beginning of something else now.
    pub fn restart(&self, origin: Option<Origin>) -> Result<()> {
        // In this order, a note never speaks of bytes from before.
        self.remove_note()?;
        fs::File::create(&self.path)?;
        if let Some(origin) = origin {
            fs::write(&self.note, serde_json::to_vec(&origin)?)?;
        }
        Ok(())
    }

    /// Lets no later attempt resume what is here.
    pub fn forget(&self) {
        // Where even this is impossible, the digest still refuses what comes of it.
        let _ = self.remove_note();
    }

    /// For writing at the end.
    pub fn append(&self) -> Result<fs::File> {
        Ok(fs::OpenOptions::new().append(true).create(true).open(&self.path)?)
    }

    /// For reading from the start.
    pub fn open(&self) -> Result<File> {
        File::open(&self.path).with_context(|| format!("cannot open {}", self.path))
    }

    pub(super) fn rename_to(&self, path: &Utf8Path) -> Result<()> {
        fs::rename(&self.path, path)?;
        self.remove_note()
    }

    fn remove_note(&self) -> Result<()> {
        match fs::remove_file(&self.note) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bytes_of_a_known_origin_are_resumed() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let partial = Partial::take(folder, "key").unwrap();
        let (a, b) = (Digest::of(b"a"), Digest::of(b"b"));
        let origin = Origin { address: a.clone(), version: "\"1\"".into(), total: Some(9) };
        partial.restart(Some(origin.clone())).unwrap();
        assert_eq!(partial.origin(&a), Some(origin));
        assert_eq!(partial.origin(&b), None);
        fs::write(folder.join("key.json"), "{\"address\": \"sha256:").unwrap();
        assert_eq!(partial.origin(&a), None, "a broken note");
        partial.restart(None).unwrap();
        assert_eq!(partial.origin(&a), None);
    }
}
