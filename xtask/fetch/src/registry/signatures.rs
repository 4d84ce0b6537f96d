//! The signatures of cosign for an image: under the tag `sha256-….sig`, and among the manifests that refer to the image
//! (<https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers>).
//!
//! No key is needed, and none is used: this reads what a signature says, not whether it is genuine.

use anyhow::{Context as _, Result, bail, ensure};
use serde::Deserialize;
use sixfold_model::digest::Digest;
use sixfold_model::signatures::{ImageSignature, Signatures, Signed};
use ureq::http::{StatusCode, Uri};

use super::signed_content::{self, Content};
use super::{MAX_SIZE, Registry, bytes, read};
use sixfold_project::registry::TagState;

/// The start of the artifact types of cosign 2 and 3.
const KINDS: [&str; 2] = ["application/vnd.dev.cosign.", "application/vnd.dev.sigstore.bundle"];
/// The most signatures, and the most pages of referrers, that are read.
const MAX_SIGNATURES: usize = 100;
const MAX_PAGES: usize = 20;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    digest: Digest,
    size: u64,
    media_type: String,
    artifact_type: Option<String>,
}

#[derive(Deserialize)]
struct Index {
    #[serde(default)]
    manifests: Vec<Entry>,
}

#[derive(Deserialize)]
struct Manifest {
    layers: Vec<Entry>,
}

/// What the registry has beside the image `name`: `repository:tag`, `repository@digest`, or a repository, which means its tag
/// `latest`. Fails if the registry does not say it.
pub(crate) fn signatures(name: &str) -> Result<Signatures> {
    let (name, digest) = match name.split_once('@') {
        Some((name, digest)) => (name, Some(digest.parse::<Digest>().map_err(anyhow::Error::msg)?)),
        None => (name, None),
    };
    let has_tag = name.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let registry = Registry::of(&if has_tag { name.to_owned() } else { format!("{name}:latest") })?;
    let digest = match digest {
        Some(digest) => digest,
        None => {
            let image = registry.document(&registry.place.manifest()?)?;
            Digest::of(&image.with_context(|| format!("the registry does not have {name}"))?)
        }
    };
    let found = registry.signatures(&digest)?;
    Ok(Signatures { digest, found, verified: false })
}

impl Registry {
    fn signatures(&self, digest: &Digest) -> Result<Vec<ImageSignature>> {
        let mut found = vec![];
        let tag = format!("sha256-{}.sig", digest.hex());
        if let Some(manifest) = self.document(&self.place.address(&format!("manifests/{tag}"))?)? {
            self.read_manifest(&manifest, &tag, &mut found)?;
        }
        for entry in self.referrers(digest)?.iter().filter(|entry| entry.is_of_cosign()) {
            let at = entry.digest.as_str();
            let manifest = self.blob("manifests", entry)?;
            self.read_manifest(&manifest, at, &mut found)?;
        }
        Ok(found)
    }

    fn read_manifest(&self, manifest: &[u8], at: &str, found: &mut Vec<ImageSignature>) -> Result<()> {
        let Ok(manifest) = serde_json::from_slice::<Manifest>(manifest) else {
            let signs = Signed::Unreadable("it is not a manifest with signatures".to_owned());
            found.push(ImageSignature { at: at.to_owned(), attests: None, signs });
            return Ok(());
        };
        for layer in &manifest.layers {
            ensure!(found.len() < MAX_SIGNATURES, "the image has more than {MAX_SIGNATURES} signatures");
            let content = signed_content::read(&layer.media_type, &self.blob("blobs", layer)?);
            let (attests, signs) = match content {
                Ok(Content { attests, digest }) => (attests, Signed::Digest(digest)),
                Err(why) => (None, Signed::Unreadable(why)),
            };
            found.push(ImageSignature { at: at.to_owned(), attests, signs });
        }
        Ok(())
    }

    /// The manifests that refer to an image. Registries without this list have a tag with one.
    fn referrers(&self, digest: &Digest) -> Result<Vec<Entry>> {
        let uri = self.place.address(&format!("referrers/{digest}"))?;
        let first = self.ask(&uri)?;
        if first.status() == StatusCode::NOT_FOUND {
            let tag = self.place.address(&format!("manifests/sha256-{}", digest.hex()))?;
            return self.document(&tag)?.map_or(Ok(vec![]), |index| entries(&index));
        }
        let what = "the list of what refers to the image";
        self.pages(uri, first, MAX_PAGES, what, |page| entries(&bytes(page)?))
    }

    /// A document. `None` if the registry says in its own words that it does not exist.
    fn document(&self, uri: &Uri) -> Result<Option<Vec<u8>>> {
        let response = self.ask(uri)?;
        if response.status() == StatusCode::OK {
            return bytes(response).map(Some);
        }
        match read(response)? {
            TagState::Unknown(why) => bail!(why),
            _ => Ok(None),
        }
    }

    /// The content that an entry describes.
    fn blob(&self, kind: &str, entry: &Entry) -> Result<Vec<u8>> {
        let digest = &entry.digest;
        ensure!(entry.size <= MAX_SIZE, "{digest} is larger than {MAX_SIZE} bytes, which no signature is");
        let response = self.ask(&self.place.address(&format!("{kind}/{digest}"))?)?;
        let status = response.status();
        ensure!(status == StatusCode::OK, "the server answered {status} for {digest}");
        let bytes = bytes(response)?;
        let is_same = Digest::of(&bytes) == *digest && bytes.len() as u64 == entry.size;
        ensure!(is_same, "the registry sent something else than {digest}");
        Ok(bytes)
    }
}

impl Entry {
    fn is_of_cosign(&self) -> bool {
        let kind = self.artifact_type.as_deref().unwrap_or_default();
        KINDS.iter().any(|start| kind.starts_with(start))
    }
}

fn entries(index: &[u8]) -> Result<Vec<Entry>> {
    let index: Index = serde_json::from_slice(index).context("the answer is not a list of manifests")?;
    Ok(index.manifests)
}
