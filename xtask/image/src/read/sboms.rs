//! Reads the SPDX documents that are attached to an image.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use camino::Utf8Path;
use serde::Deserialize;
use serde_json::Value;

use super::blobs::Blobs;
use super::source::platform_of;
use crate::oci::{
    ATTESTED, DAMAGED, Descriptor, INDEX_FILE, Index, MEDIA_IN_TOTO, Manifest, PREDICATE_TYPE, SPDX_DOCUMENT,
};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

/// The largest document, in bytes.
const MAX_SBOM: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    predicate_type: String,
    #[serde(default)]
    subject: Vec<Subject>,
    predicate: Value,
}

#[derive(Deserialize)]
struct Subject {
    digest: BTreeMap<String, String>,
}

/// The SPDX documents of each platform, of an image in an OCI layout.
///
/// Fails if one of them is about another manifest than the index says, or is not what its descriptor states.
pub fn sboms(layout: &Utf8Path) -> Result<BTreeMap<Platform, Vec<Value>>> {
    let blobs = Blobs::Folder(layout.to_owned());
    let top: Index = serde_json::from_slice(&blobs.read(INDEX_FILE, MAX_SBOM)?)?;
    let image = top.manifests.first().context("the layout has no image")?;
    let index: Index = document(&blobs, image)?;
    let mut found = BTreeMap::new();
    for image in &index.manifests {
        let platform = image.platform.as_ref();
        let platform = platform.and_then(|platform| platform_of(&platform.os, &platform.architecture));
        let Some(platform) = platform else { continue };
        let of_image =
            |other: &&Descriptor| other.annotations.get(ATTESTED) == Some(&image.digest.to_string());
        let mut documents = vec![];
        for attestation in index.manifests.iter().filter(of_image) {
            let manifest: Manifest = document(&blobs, attestation)?;
            for layer in manifest.layers.iter().filter(|layer| is_spdx(layer)) {
                documents.push(predicate(document(&blobs, layer)?, image, platform)?);
            }
        }
        found.insert(platform, documents);
    }
    Ok(found)
}

fn is_spdx(layer: &Descriptor) -> bool {
    let predicate_type = layer.annotations.get(PREDICATE_TYPE).map(String::as_str);
    layer.media_type == MEDIA_IN_TOTO && predicate_type == Some(SPDX_DOCUMENT)
}

fn predicate(statement: Statement, image: &Descriptor, platform: Platform) -> Result<Value> {
    let is_it =
        |subject: &Subject| subject.digest.get("sha256").map(String::as_str) == Some(image.digest.hex());
    ensure!(
        statement.predicate_type == SPDX_DOCUMENT
            && !statement.subject.is_empty()
            && statement.subject.iter().all(is_it),
        "the SBOM for {platform} is not about {}\n{DAMAGED}",
        image.digest
    );
    Ok(statement.predicate)
}

fn document<T: for<'de> Deserialize<'de>>(blobs: &Blobs, descriptor: &Descriptor) -> Result<T> {
    let path = descriptor.digest.blob_path();
    let bytes = blobs.read(&path, MAX_SBOM)?;
    let check = descriptor.check(&Digest::of(&bytes), bytes.len() as u64);
    check.with_context(|| format!("cannot use {path}"))?;
    serde_json::from_slice(&bytes).with_context(|| format!("cannot read {path}"))
}
