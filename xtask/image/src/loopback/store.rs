//! What the registry holds: blobs in files, and the tags and media types of manifests in memory.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, copy};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;
use sixfold_model::digest::Digest;

use crate::hash::HashWriter;
use crate::oci::{DAMAGED, Descriptor};

/// The largest manifest, in bytes, as in other registries.
const MAX_MANIFEST: u64 = 4 << 20;
/// The most bytes that all blobs may have. No extension comes near it; a registry that never stops sending does.
const MAX_TOTAL: u64 = 32 << 30;

/// The field that every index and manifest of a layout has.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    media_type: String,
}

pub(super) struct Store {
    pub(super) repository: String,
    folder: Utf8PathBuf,
    /// By tag, and by digest.
    manifests: Mutex<BTreeMap<String, Descriptor>>,
    pub(super) refusal: Mutex<Option<String>>,
    received: AtomicU64,
    uploads: AtomicU64,
}

impl Store {
    pub(super) fn open(folder: &Utf8Path, repository: &str) -> Result<Self> {
        fs::create_dir_all(folder.join("blobs/sha256"))?;
        Ok(Self {
            repository: repository.to_owned(),
            folder: folder.to_owned(),
            manifests: Mutex::default(),
            refusal: Mutex::default(),
            received: AtomicU64::new(0),
            uploads: AtomicU64::new(0),
        })
    }

    /// The manifest or index that has this tag or digest: one that was received, or one of the layout.
    pub(super) fn manifest(&self, reference: &str) -> Option<Descriptor> {
        let received = self.manifests.lock().unwrap_or_else(PoisonError::into_inner).get(reference).cloned();
        received.or_else(|| {
            let (file, length) = self.read(&reference.parse().ok()?).ok()?;
            let form: Form = serde_json::from_reader(file.take(MAX_MANIFEST)).ok()?;
            Some(Descriptor::new(&form.media_type, reference.parse().ok()?, length))
        })
    }

    pub(super) fn contains(&self, digest: &Digest) -> bool {
        self.path(digest).is_file()
    }

    /// The blob, and its length in bytes.
    pub(super) fn read(&self, digest: &Digest) -> Result<(fs::File, u64)> {
        let file = fs::File::open(self.path(digest))?;
        let length = file.metadata()?.len();
        Ok((file, length))
    }

    /// Keeps a blob of `length` bytes if it has this digest.
    pub(super) fn write(&self, digest: &Digest, length: u64, body: &mut dyn Read) -> Result<Digest> {
        let too_large = || format!("the image is larger than {} GiB", MAX_TOTAL >> 30);
        ensure!(length <= MAX_TOTAL, too_large());
        ensure!(self.received.fetch_add(length, Ordering::Relaxed) + length <= MAX_TOTAL, too_large());
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        let partial = self.folder.join(format!("upload-{number}"));
        let mut file = HashWriter::new(fs::File::create(&partial)?);
        copy(&mut BufReader::with_capacity(128 << 10, body), &mut file)
            .with_context(|| format!("cannot receive {digest}"))?;
        let (file, actual, _) = file.finish();
        drop(file);
        ensure!(actual == *digest, "the content of {digest} does not match its digest\n{DAMAGED}");
        fs::rename(partial, self.path(digest))?;
        Ok(actual)
    }

    /// Keeps a manifest or an index under this tag or digest.
    pub(super) fn write_manifest(
        &self,
        reference: &str,
        media_type: &str,
        length: u64,
        body: &mut dyn Read,
    ) -> Result<Digest> {
        ensure!(length <= MAX_MANIFEST, "a manifest has more than {} MiB", MAX_MANIFEST >> 20);
        let mut bytes = vec![];
        body.read_to_end(&mut bytes)?;
        let digest = Digest::of(&bytes);
        // Anything else is a tag.
        let stated = reference.parse().unwrap_or_else(|_| digest.clone());
        self.write(&stated, length, &mut bytes.as_slice())?;
        let descriptor = Descriptor::new(media_type, digest.clone(), length);
        let mut manifests = self.manifests.lock().unwrap_or_else(PoisonError::into_inner);
        manifests.insert(reference.to_owned(), descriptor.clone());
        manifests.insert(digest.to_string(), descriptor);
        Ok(digest)
    }

    pub(super) fn refuse(&self, message: &str) {
        let mut refusal = self.refusal.lock().unwrap_or_else(PoisonError::into_inner);
        refusal.get_or_insert_with(|| message.to_owned());
    }

    fn path(&self, digest: &Digest) -> Utf8PathBuf {
        self.folder.join(digest.blob_path())
    }
}
