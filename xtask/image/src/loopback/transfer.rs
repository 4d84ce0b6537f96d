//! Copies an image between a registry and a folder, with `docker buildx imagetools`.

use std::collections::BTreeMap;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use fs_err as fs;
use sixfold_base::process;
use sixfold_model::digest::Digest;
use sixfold_model::reference::login;

use super::Registry;
use crate::docker::docker;
use crate::oci::{Descriptor, INDEX_FILE, Index, Manifest, OciPlatform};

/// The tag in our registry.
const TAG: &str = "copy";

/// Copies the image `name` into `folder`, as the blobs of an OCI layout. Returns the descriptor of its index or manifest.
/// With a digest in its name, that is the one with this digest. `builder` says whose settings for registries buildx uses.
pub(crate) fn download(name: &str, builder: Option<&str>, folder: &Utf8Path) -> Result<Descriptor> {
    let registry = Registry::start(folder)?;
    let copy = format!("{}:{TAG}", registry.repository());
    let output = process::capture(create(name, &copy, builder), &format!("read {name} from its registry"))?;
    if let Some(refusal) = registry.refusal() {
        bail!("cannot read {name} from its registry: {refusal}");
    }
    if !output.status.success() {
        let (login, tail) = (login(name), output.tail());
        bail!(
            "cannot read {name} from its registry:\n{tail}\nhelp: check the name, and log in with `{login}`"
        );
    }
    // Buildx may add an index around a single manifest, so the tag has another digest than the image.
    let digest = name.split_once('@').map_or(TAG, |(_, digest)| digest);
    registry.manifest(digest).with_context(|| {
        format!("docker buildx did not copy {name} completely\nhelp: update buildx, and try again")
    })
}

/// Copies the image with this index from the OCI layout `folder` to a registry, under the name `to`, with everything that the
/// index lists. It keeps its digest.
pub fn upload(folder: &Utf8Path, index: &Digest, to: &str, builder: Option<&str>) -> Result<()> {
    let registry = Registry::start(folder)?;
    let from = format!("{}@{index}", registry.repository());
    let output = process::capture(create(&from, to, builder), &format!("push {to}"))?;
    if !output.status.success() {
        let (login, tail) = (login(to), output.tail());
        bail!("cannot push {to}:\n{tail}\nhelp: check the name, and log in with `{login}`");
    }
    Ok(())
}

/// The digest of the image in the OCI layout `folder`, as an index. Buildx writes none for a single platform, but always sets
/// tags on one: then this adds it to the layout.
///
/// Fails if the layout has several images.
pub fn index_of(folder: &Utf8Path) -> Result<Digest> {
    let layout: Index = serde_json::from_slice(&fs::read(folder.join(INDEX_FILE))?)?;
    // Each name of the image has a descriptor of its own.
    let image = layout.manifests.first().context("buildx wrote a layout without an image")?;
    let is_same = |other: &Descriptor| other.digest == image.digest;
    ensure!(layout.manifests.iter().all(is_same), "buildx wrote a layout with several images");
    if image.is_index() {
        return Ok(image.digest.clone());
    }
    let read = |digest: &Digest| fs::read(folder.join(digest.blob_path()));
    let manifest: Manifest = serde_json::from_slice(&read(&image.digest)?)?;
    let platform: OciPlatform = serde_json::from_slice(&read(&manifest.config.digest)?)?;
    let listed = Descriptor { platform: Some(platform), annotations: BTreeMap::new(), ..image.clone() };
    let index = serde_json::to_vec(&Index::new(vec![listed]))?;
    let digest = Digest::of(&index);
    fs::write(folder.join(digest.blob_path()), index)?;
    Ok(digest)
}

fn create(from: &str, to: &str, builder: Option<&str>) -> Command {
    let mut command = docker(["buildx", "imagetools", "create", "--tag", to, from]);
    if let Some(builder) = builder {
        command.env("BUILDX_BUILDER", builder);
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oci::{MEDIA_CONFIG, MEDIA_MANIFEST};

    /// Writes a document among the blobs, and returns its descriptor.
    fn write(folder: &Utf8Path, media_type: &str, document: &str) -> serde_json::Value {
        let digest = Digest::of(document.as_bytes());
        let path = folder.join(digest.blob_path());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, document).unwrap();
        serde_json::json!({ "mediaType": media_type, "digest": digest, "size": document.len() })
    }

    fn index(images: &[serde_json::Value]) -> String {
        serde_json::json!({ "schemaVersion": 2, "manifests": images }).to_string()
    }

    #[test]
    fn a_layout_has_the_digest_of_its_only_image_as_an_index() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temp.path()).unwrap();
        let index_of = |images: &[serde_json::Value]| {
            fs::write(folder.join(INDEX_FILE), index(images)).unwrap();
            super::index_of(folder).map_err(|error| error.to_string())
        };
        let config = write(folder, MEDIA_CONFIG, r#"{"os": "linux", "architecture": "arm64"}"#);
        let manifest = serde_json::json!({ "schemaVersion": 2, "config": config, "layers": [] }).to_string();
        let manifest = write(folder, MEDIA_MANIFEST, &manifest);

        let digest = index_of(std::slice::from_ref(&manifest)).unwrap();
        let written = fs::read(folder.join(digest.blob_path())).unwrap();
        assert_eq!(Digest::of(&written), digest);
        let written: serde_json::Value = serde_json::from_slice(&written).unwrap();
        assert_eq!(written["manifests"][0]["digest"], manifest["digest"]);
        assert_eq!(written["manifests"][0]["platform"]["architecture"], "arm64");
        assert_eq!(
            index_of(&[manifest.clone(), manifest.clone()]).unwrap(),
            digest,
            "two names of one image"
        );

        let nested =
            write(folder, "application/vnd.oci.image.index.v1+json", &index(std::slice::from_ref(&manifest)));
        assert_eq!(index_of(std::slice::from_ref(&nested)).unwrap().as_str(), nested["digest"]);
        assert!(index_of(&[manifest, nested]).unwrap_err().contains("several images"));
        assert!(index_of(&[]).unwrap_err().contains("without an image"));
    }
}
