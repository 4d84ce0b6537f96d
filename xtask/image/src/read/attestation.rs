//! Attestations in the index of an image, as BuildKit stores them
//! (<https://docs.docker.com/build/metadata/attestations/attestation-storage/>).

use anyhow::Result;
use sixfold_model::digest::Digest;
use sixfold_model::in_toto::Statement;

use super::blobs::Blobs;
use crate::oci::{ATTESTED, Descriptor, Manifest};

/// The largest statement that is read, in bytes. A list of contents may have some megabytes.
const MAX_STATEMENT: u64 = 32 << 20;

/// A manifest of statements about another manifest.
#[derive(Debug)]
pub struct Attestation {
    /// The digest of the other manifest, as the index states it.
    pub about: String,
    /// The platform of that manifest. `None` if the index does not list an image with this digest.
    pub platform: Option<String>,
    /// Its statements, or why they cannot be read.
    pub statements: Vec<Result<Statement, String>>,
}

impl Attestation {
    /// Reads every statement, and compares it with its descriptor.
    pub(super) fn read(blobs: &Blobs, descriptor: &Descriptor, manifest: &Manifest) -> Self {
        let about = descriptor.annotations.get(ATTESTED).cloned().unwrap_or_default();
        let statements = manifest.layers.iter().map(|layer| {
            let path = layer.digest.blob_path();
            let bytes = blobs.read(&path, MAX_STATEMENT);
            let bytes = bytes.and_then(|bytes| {
                layer.check(&Digest::of(&bytes), bytes.len() as u64)?;
                Ok(bytes)
            });
            // The help is about an image that cannot be read.
            let first_line =
                |error: anyhow::Error| format!("{error:#}").lines().next().unwrap_or_default().to_owned();
            let bytes = bytes.map_err(|error| format!("{path}: {}", first_line(error)))?;
            Statement::parse(&bytes).map_err(|error| format!("{path}: {error}"))
        });
        Self { about, platform: None, statements: statements.collect() }
    }

    /// True if this statement, which is one of its own, is about the manifest that the index names.
    pub fn is_confirmed_by(&self, statement: &Statement) -> bool {
        self.platform.is_some() && self.about.parse().is_ok_and(|digest| statement.is_about(&digest))
    }
}
