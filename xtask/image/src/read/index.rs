//! A stored image: an OCI layout, as a folder or an archive, or what `docker save` writes.
//!
//! Nested indexes are followed. Attestations and artifacts are skipped. Documents must match their digests, and so must layers,
//! which are checked while they are read.

use std::collections::BTreeSet;
use std::io::Read;
use std::rc::Rc;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::blobs::Blobs;
use super::layers::{Layers, Packed};
use super::reference;
use super::source::{PlatformImage, Source, platform_of};
use crate::oci;
use crate::oci::{Descriptor, ImageConfig, Index, Manifest};
use sixfold_model::digest::Digest;

/// The largest document, in bytes. Registries reject manifests above 4 MiB.
const MAX_DOCUMENT: u64 = 4 << 20;
/// How deep indexes may be nested, and how many manifests they may list together.
const MAX_DEPTH: usize = 8;
const MAX_MANIFESTS: usize = 1000;

/// Opens the folder of an OCI layout.
pub(super) fn open_folder(folder: &Utf8Path) -> Result<Source> {
    open(Blobs::Folder(folder.to_owned()), folder)
}

/// Opens the archive of an OCI layout, or of `docker save`.
pub(super) fn open_archive(path: &Utf8Path) -> Result<Source> {
    open(Blobs::archive(path)?, path)
}

fn open(blobs: Blobs, path: &Utf8Path) -> Result<Source> {
    let mut reader = Stored { blobs: Rc::new(blobs), source: Source::default(), seen: BTreeSet::new() };
    let read = if reader.blobs.contains(oci::INDEX_FILE) {
        reader.layout()
    } else if reader.blobs.contains("manifest.json") {
        reader.docker_save()
    } else {
        bail!(
            "{path} is not an image: it has neither the index.json of an OCI layout nor the manifest.json of `docker save`"
        );
    };
    read.with_context(|| format!("cannot read {path}"))?;
    reader.source.images.sort_by_key(|image| image.platform);
    Ok(reader.source)
}

struct Stored {
    blobs: Rc<Blobs>,
    source: Source,
    seen: BTreeSet<Digest>,
}

/// One image in the manifest.json of `docker save`.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Saved {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    layers: Vec<String>,
}

impl Stored {
    fn layout(&mut self) -> Result<()> {
        let bytes = self.blobs.read(oci::INDEX_FILE, MAX_DOCUMENT)?;
        let index: Index = parse(&bytes, oci::INDEX_FILE)?;
        let names = |descriptor: &Descriptor| {
            let name = descriptor.annotations.get(oci::CONTAINERD_NAME);
            name.or_else(|| descriptor.annotations.get(oci::REF_NAME)).cloned()
        };
        self.source.tag = index.manifests.iter().find_map(names).as_deref().and_then(reference::stored_tag);
        self.index(&index, 0)
    }

    fn index(&mut self, index: &Index, depth: usize) -> Result<()> {
        for descriptor in &index.manifests {
            if is_attestation(descriptor) || !self.seen.insert(descriptor.digest.clone()) {
                continue;
            }
            if depth > MAX_DEPTH || self.seen.len() > MAX_MANIFESTS {
                bail!(
                    "its indexes are nested more than {MAX_DEPTH} deep, or list more than {MAX_MANIFESTS} manifests"
                );
            }
            if descriptor.is_index() {
                let nested: Index = self.document(descriptor)?;
                self.index(&nested, depth + 1)?;
            } else if descriptor.is_manifest() {
                self.manifest(descriptor)?;
            }
        }
        Ok(())
    }

    fn manifest(&mut self, descriptor: &Descriptor) -> Result<()> {
        let manifest: Manifest = self.document(descriptor)?;
        // A manifest may describe any artifact. That of an image has the configuration of an image.
        let media_type = &manifest.config.media_type;
        if media_type != oci::MEDIA_CONFIG && media_type != "application/vnd.docker.container.image.v1+json" {
            return Ok(());
        }
        let config: ImageConfig = self.document(&manifest.config)?;
        let layers = manifest.layers.into_iter().map(|layer| (layer.digest.blob_path(), Some(layer.digest)));
        self.image(config, layers.collect())
    }

    fn docker_save(&mut self) -> Result<()> {
        let bytes = self.blobs.read("manifest.json", MAX_DOCUMENT)?;
        for saved in parse::<Vec<Saved>>(&bytes, "manifest.json")? {
            let tag = saved.repo_tags.iter().flatten().find_map(|name| reference::stored_tag(name));
            self.source.tag = self.source.tag.take().or(tag);
            let config = parse(&self.blobs.read(&saved.config, MAX_DOCUMENT)?, &saved.config)?;
            self.image(config, saved.layers.into_iter().map(|layer| (layer, None)).collect())?;
        }
        Ok(())
    }

    /// Adds the image of a platform. Of several for the same platform, the first counts.
    fn image(&mut self, config: ImageConfig, layers: Vec<(String, Option<Digest>)>) -> Result<()> {
        let Some(platform) = platform_of(&config.os, &config.architecture) else {
            self.source.others.push(format!("{}/{}", config.os, config.architecture));
            return Ok(());
        };
        if self.source.images.iter().any(|image| image.platform == platform) {
            return Ok(());
        }
        let blob = |(path, digest)| Blob { blobs: self.blobs.clone(), path, digest };
        let layers = Layers(layers.into_iter().map(blob).collect());
        let (tree, hidden) = layers.tree()?;
        let labels = Some(config.config.labels.unwrap_or_default());
        self.source.images.push(PlatformImage { platform, labels, tree, store: Box::new(layers), hidden });
        Ok(())
    }

    fn document<T: DeserializeOwned>(&self, descriptor: &Descriptor) -> Result<T> {
        let path = descriptor.digest.blob_path();
        let bytes = self.blobs.read(&path, MAX_DOCUMENT)?;
        if Digest::of(&bytes) != descriptor.digest {
            bail!("{path} does not match its digest\nhelp: the image is damaged; write or download it again");
        }
        parse(&bytes, &path)
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<T> {
    serde_json::from_slice(bytes).with_context(|| format!("cannot read {name} as a document of an image"))
}

/// BuildKit adds an entry without a platform for each attestation, which is not an image.
fn is_attestation(descriptor: &Descriptor) -> bool {
    descriptor.annotations.contains_key("vnd.docker.reference.type")
        || descriptor.platform.as_ref().is_some_and(|platform| platform.os == "unknown")
}

/// One layer of a stored image.
struct Blob {
    blobs: Rc<Blobs>,
    path: String,
    digest: Option<Digest>,
}

impl Packed for Blob {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        self.blobs.open(&self.path)
    }

    fn name(&self) -> String {
        format!("the layer {}", self.path)
    }

    fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }
}
