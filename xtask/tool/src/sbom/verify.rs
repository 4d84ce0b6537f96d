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
