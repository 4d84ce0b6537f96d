//! Attaches an SBOM to each platform of an image, in the form in which BuildKit stores attestations
//! (<https://docs.docker.com/build/metadata/attestations/attestation-storage/>): for each platform, the index lists another
//! manifest for `unknown/unknown`, whose layer is an in-toto statement about the manifest of the platform.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, ensure};
use camino::Utf8Path;
use fs_err as fs;
use serde::Serialize;
use serde_json::{Value, json};

use super::archive::{Archive, named};
use crate::loopback::transfer::index_of;
use crate::oci::{
    ATTESTATION, ATTESTED, ATTESTED_AS, Descriptor, INDEX_FILE, ImageConfig, Index, MEDIA_CONFIG,
    MEDIA_IN_TOTO, MEDIA_INDEX, MEDIA_MANIFEST, Manifest, OciPlatform, PREDICATE_TYPE, RootFs, RunConfig,
    SPDX_DOCUMENT,
};
use crate::read::platform_of;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;
use sixfold_model::purl;

/// Adds an SPDX document for each platform to the image in the OCI layout `folder`, which gets these names. Returns the digest of
/// the new index.
///
/// Fails if the layout has several images, or a platform without a document.
pub fn attach(folder: &Utf8Path, sboms: &BTreeMap<Platform, Value>, names: &[String]) -> Result<Digest> {
    let before = index_of(folder)?;
    let path = folder.join(before.blob_path());
    let mut index: Index = serde_json::from_slice(&fs::read(&path)?)?;
    let mut attestations = vec![];
    for image in index.manifests.iter().filter(|image| !is_unknown(image)) {
        let platform = image.platform.as_ref();
        let platform = platform.and_then(|platform| platform_of(&platform.os, &platform.architecture));
        let platform = platform.context("the image has a platform that no extension has")?;
        let sbom = sboms.get(&platform).with_context(|| format!("there is no SBOM for {platform}"))?;
        attestations.push(attestation(folder, image, &statement(image, platform, sbom, names))?);
    }
    index.manifests.extend(attestations);
    let image = write(folder, MEDIA_INDEX, &index)?;
    fs::remove_file(path)?;
    let digest = image.digest.clone();
    fs::write(folder.join(INDEX_FILE), serde_json::to_vec(&Index::new(named(image, names)))?)?;
    Ok(digest)
}

/// Writes the OCI layout `folder`, as [`attach`] leaves it, as an archive. Equal layouts give equal bytes.
pub fn pack(folder: &Utf8Path, names: &[String], created: u64, output: &Utf8Path) -> Result<()> {
    let digest = index_of(folder)?;
    let index: Index = serde_json::from_slice(&fs::read(folder.join(digest.blob_path()))?)?;
    let mut archive = Archive::default();
    for entry in fs::read_dir(folder.join("blobs/sha256"))? {
        let entry = entry?;
        let name = format!("sha256:{}", entry.file_name().to_string_lossy());
        let blob: Digest = name.parse().map_err(anyhow::Error::msg)?;
        if blob != digest {
            archive.add_file(blob.clone(), folder.join(blob.blob_path()), entry.metadata()?.len());
        }
    }
    let (written, _) = archive.write(&index, names, created, output)?;
    ensure!(written == digest, "the archive has the index {written} instead of {digest}");
    Ok(())
}

fn is_unknown(descriptor: &Descriptor) -> bool {
    descriptor.platform.as_ref().is_some_and(OciPlatform::is_unknown)
}

/// The statement that a document is about the manifest of a platform.
fn statement(image: &Descriptor, platform: Platform, sbom: &Value, names: &[String]) -> Value {
    let digest = json!({ "sha256": image.digest.hex() });
    let subject = |name: &String| json!({ "name": purl::image(name, platform), "digest": digest });
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": SPDX_DOCUMENT,
        "subject": names.iter().map(subject).collect::<Vec<_>>(),
        "predicate": sbom,
    })
}

/// Writes the manifest of an attestation, and returns its entry for the index.
fn attestation(folder: &Utf8Path, image: &Descriptor, statement: &Value) -> Result<Descriptor> {
    let mut layer = write(folder, MEDIA_IN_TOTO, statement)?;
    layer.annotations.insert(PREDICATE_TYPE.to_owned(), SPDX_DOCUMENT.to_owned());
    let unknown = OciPlatform::unknown();
    let config = ImageConfig {
        architecture: unknown.architecture.clone(),
        os: unknown.os.clone(),
        config: RunConfig::default(),
        created: None,
        history: vec![],
        rootfs: RootFs::new(vec![layer.digest.clone()]),
        variant: None,
    };
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(MEDIA_MANIFEST.to_owned()),
        config: write(folder, MEDIA_CONFIG, &config)?,
        layers: vec![layer],
    };
    let mut listed = write(folder, MEDIA_MANIFEST, &manifest)?;
    listed.platform = Some(unknown);
    listed.annotations.insert(ATTESTED.to_owned(), image.digest.to_string());
    listed.annotations.insert(ATTESTED_AS.to_owned(), ATTESTATION.to_owned());
    Ok(listed)
}

/// Writes a document among the blobs.
fn write(folder: &Utf8Path, media_type: &str, document: &impl Serialize) -> Result<Descriptor> {
    let bytes = serde_json::to_vec(document)?;
    let digest = Digest::of(&bytes);
    fs::write(folder.join(digest.blob_path()), &bytes)?;
    Ok(Descriptor::new(media_type, digest, bytes.len() as u64))
}
