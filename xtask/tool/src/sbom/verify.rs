//! Verifies the documents of a finished image against its files.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use serde_json::Value;

use sixfold_image::hash::HashWriter;
use sixfold_image::oci::SPDX_DOCUMENT;
use sixfold_image::read::{self, Attestation, PlatformImage, Source};
use sixfold_image::tree::{At, Kind};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

/// Fails unless each platform of the image in the OCI layout `folder` has an SBOM about its manifest, and every file that these
/// documents list is in the image with the digest that they state.
pub(crate) fn verify(folder: &Utf8Path, documents: &BTreeMap<Platform, Value>) -> Result<()> {
    let source = read::open(folder.as_str()).context("cannot read the image to verify its SBOM")?;
    ensure!(source.images.len() == documents.len(), "the image does not have the platforms of its SBOM");
    for image in &source.images {
        let platform = image.platform;
        ensure!(has_sbom(&source, platform), "the image for {platform} does not have its SBOM");
        for (path, stated) in documents.get(&platform).into_iter().flat_map(files) {
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

fn has_sbom(source: &Source, platform: Platform) -> bool {
    let of_platform =
        source.attestations.iter().filter(|it| it.platform.as_deref() == Some(&*platform.to_string()));
    let is_it = |it: &Attestation| {
        let mut statements = it.statements.iter().flatten();
        statements.any(|statement| statement.predicate_type == SPDX_DOCUMENT && it.is_confirmed_by(statement))
    };
    of_platform.into_iter().any(is_it)
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

#[cfg(test)]
mod tests {
    use serde_json::json;
    use sixfold_image::write::{BuiltinDockerfile, attach, builtin};

    use super::*;

    #[test]
    fn a_file_with_another_digest_than_its_sbom_states_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        fs_err::create_dir(root.join("stage")).unwrap();
        fs_err::write(root.join("stage/tool"), "content").unwrap();
        let platforms = [Platform::ALL[0]];
        let verified = |path: &str, content: &str, layout: &str| {
            builtin::write(&builtin::Request {
                stage: &root.join("stage"),
                dockerfile: &BuiltinDockerfile::parse(
                    "Dockerfile".into(),
                    "FROM scratch\nCOPY tool /\n",
                    false,
                )
                .unwrap(),
                platforms: &platforms,
                labels: &BTreeMap::new(),
                created: 0,
                file_time: 0,
                names: &["x/y:1".to_owned()],
                cache: &root.join("cache"),
                output: &root.join("image.tar"),
            })
            .unwrap();
            let layout = root.join(layout);
            read::unpack(&root.join("image.tar"), &layout).unwrap();
            let digest = Digest::of(content.as_bytes());
            let file = json!({ "packageFileName": path, "checksums": [{ "checksumValue": digest.hex() }] });
            let documents = BTreeMap::from([(platforms[0], json!({ "packages": [file] }))]);
            let error = verify(&layout, &documents).unwrap_err().to_string();
            assert_eq!(error, "the image for linux/amd64 does not have its SBOM");
            attach(&layout, &documents, &["x/y:1".to_owned()]).unwrap();
            verify(&layout, &documents).map_err(|error| format!("{error:#}"))
        };
        verified("./tool", "content", "right").unwrap();
        let error = verified("./tool", "other", "wrong").unwrap_err();
        assert!(error.starts_with("/tool in linux/amd64 has the digest sha256:"), "{error}");
        let error = verified("./missing", "content", "missing").unwrap_err();
        assert!(error.contains("/missing in linux/amd64: the image does not have it"), "{error}");
    }
}
