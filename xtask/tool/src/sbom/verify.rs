//! Verifies the documents of a finished image against its files.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use serde_json::Value;

use sixfold_image::hash::HashWriter;
use sixfold_image::read::{self, PlatformImage};
use sixfold_image::tree::{At, Kind};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

/// Fails unless the image in the OCI layout `folder` has exactly these documents, each about the manifest of its platform, and
/// every file that one lists is in the image with the digest that it states.
pub(crate) fn verify(folder: &Utf8Path, documents: &BTreeMap<Platform, Value>) -> Result<()> {
    let attached = read::sboms(folder).context("cannot read the SBOM back to verify it")?;
    let image = read::open(folder.as_str()).context("cannot read the image to verify its SBOM")?;
    ensure!(image.images.len() == documents.len(), "the image does not have the platforms of its SBOM");
    for image in &image.images {
        let platform = image.platform;
        let (expected, found) = (documents.get(&platform), attached.get(&platform));
        let has_it = found.zip(expected).is_some_and(|(found, expected)| found.contains(expected));
        ensure!(has_it, "the image for {platform} has not got the SBOM that was made for it");
        for (path, stated) in expected.into_iter().flat_map(files) {
            let actual =
                digest(image, path).with_context(|| format!("cannot verify {path} in {platform}"))?;
            ensure!(
                actual.hex() == stated,
                "{path} in {platform} has the digest {actual}, but its SBOM states sha256:{stated}\n\
                 help: check the Dockerfile: it must not change the file"
            );
        }
    }
    Ok(())
}

/// The paths and digests of the files in a document.
fn files(document: &Value) -> impl Iterator<Item = (&str, &str)> {
    let packages = document.get("packages").and_then(Value::as_array).into_iter().flatten();
    packages.filter_map(|package| {
        let path = package.get("packageFileName")?.as_str()?.strip_prefix('.')?;
        Some((path, package.pointer("/checksums/0/checksumValue")?.as_str()?))
    })
}

fn digest(image: &PlatformImage, path: &str) -> Result<Digest> {
    let Some((_, node)) = image.tree.resolve(path) else { bail!("the image does not have it") };
    let Kind::File { at, .. } = &node.kind else { bail!("it is not a file") };
    let mut found = None;
    image.store.visit(std::slice::from_ref(at), &mut |_: &At, content| {
        let mut hasher = HashWriter::new(io::sink());
        io::copy(content, &mut hasher)?;
        found = Some(hasher.finish().1);
        Ok(())
    })?;
    found.context("it has no content")
}
