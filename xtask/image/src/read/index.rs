//! A stored image: an OCI layout, as a folder or an archive, or what `docker save` writes.
//!
//! Nested indexes are followed. Attestations are read apart from images, and other artifacts are skipped. Every document and
//! every layer must be what its descriptor states, since engines and registries reject anything else.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use camino::Utf8Path;

use super::attestation::Attestation;
use super::blobs::Blobs;
use super::descriptor::{check_form, check_platform, is_about_one_of, is_attestation};
use super::json_keys::{self, Document};
use super::layers::Layers;
use super::reference;
use super::saved::{self, Saved};
use super::source::{Identity, PlatformImage, Source, platform_of};
use super::stored_layer::StoredLayer;
use crate::oci;
use crate::oci::{DAMAGED, Descriptor, ImageConfig, Index, Layout, Manifest, TOO_MUCH};
use sixfold_model::digest::Digest;

/// The largest document, in bytes. Registries reject manifests above 4 MiB.
const MAX_DOCUMENT: u64 = 4 << 20;
/// How deep indexes may be nested, and how many manifests they may list together.
const MAX_DEPTH: usize = 8;
const MAX_MANIFESTS: usize = 1000;
/// The most layers of an image: Linux cannot mount more as one file system.
const MAX_LAYERS: usize = 500;
/// The longest name of a platform, in bytes. Go has none of more than 20.
const MAX_PLATFORM: usize = 100;
/// The most statements in all attestations together. Images have some for each platform.
const MAX_STATEMENTS: usize = 100;
/// The list of images that `docker save` writes.
const SAVED: &str = "manifest.json";

/// Opens the folder of an OCI layout.
pub(super) fn open_folder(folder: &Utf8Path) -> Result<Source> {
    open(Blobs::Folder(folder.to_owned()), folder)
}

/// Opens the archive of an OCI layout, or of `docker save`.
pub(super) fn open_archive(path: &Utf8Path) -> Result<Source> {
    open(Blobs::archive(path)?, path)
}

fn open(blobs: Blobs, path: &Utf8Path) -> Result<Source> {
    let mut reader = Stored {
        blobs: Rc::new(blobs),
        source: Source::default(),
        seen: BTreeSet::new(),
        listed: vec![],
        platforms: BTreeMap::new(),
    };
    let read = if reader.blobs.contains(oci::INDEX_FILE) {
        reader.layout()
    } else if reader.blobs.contains(SAVED) {
        reader.docker_save()
    } else {
        bail!(
            "{path} is not an image: it has neither the index.json of an OCI layout nor the manifest.json of `docker save`"
        );
    };
    read.with_context(|| format!("cannot read {path}"))?;
    reader.source.images.sort_by_key(|image| image.platform);
    for attestation in &mut reader.source.attestations {
        attestation.platform = reader.platforms.get(&attestation.about).cloned();
    }
    Ok(reader.source)
}

struct Stored {
    blobs: Rc<Blobs>,
    source: Source,
    /// A layout lists an image once for each of its names.
    seen: BTreeSet<(Digest, Option<(String, String)>)>,
    /// The parts of all images in the index of a layout.
    listed: Vec<saved::Parts>,
    /// The platform of each image, by the digest of its manifest.
    platforms: BTreeMap<String, String>,
}

impl Stored {
    fn layout(&mut self) -> Result<()> {
        let bytes = self.blobs.read(oci::INDEX_FILE, MAX_DOCUMENT)?;
        // Without this file, engines read the manifest.json of an archive.
        ensure!(
            self.blobs.contains(oci::LAYOUT_FILE),
            "it has an index.json but no {}\n{DAMAGED}",
            oci::LAYOUT_FILE
        );
        let layout: Layout = parse(&self.blobs.read(oci::LAYOUT_FILE, MAX_DOCUMENT)?, oci::LAYOUT_FILE)?;
        let version = layout.image_layout_version;
        ensure!(
            version == oci::LAYOUT_VERSION,
            "it has the unknown version `{}` of a layout",
            version.escape_debug()
        );
        let index: Index = parse(&bytes, oci::INDEX_FILE)?;
        let names = |descriptor: &Descriptor| {
            let name = descriptor.annotations.get(oci::CONTAINERD_NAME);
            name.or_else(|| descriptor.annotations.get(oci::REF_NAME)).cloned()
        };
        self.source.tag = index.manifests.iter().find_map(names).as_deref().and_then(reference::stored_tag);
        self.index(&index, 0)?;
        if self.blobs.contains(SAVED) {
            saved::check(parse(&self.blobs.read(SAVED, MAX_DOCUMENT)?, SAVED)?, &self.listed)?;
        }
        Ok(())
    }

    fn index(&mut self, index: &Index, depth: usize) -> Result<()> {
        for descriptor in &index.manifests {
            let platform = descriptor.platform.as_ref();
            let platform = platform.map(|platform| (platform.os.clone(), platform.architecture.clone()));
            if !self.seen.insert((descriptor.digest.clone(), platform)) {
                continue;
            }
            ensure!(
                depth <= MAX_DEPTH && self.seen.len() <= MAX_MANIFESTS,
                "its indexes are nested more than {MAX_DEPTH} deep, or list more than {MAX_MANIFESTS} manifests\n{TOO_MUCH}"
            );
            if descriptor.is_index() {
                let nested: Index = self.document(descriptor)?;
                self.index(&nested, depth + 1)?;
            } else if descriptor.is_manifest() {
                let manifest: Manifest = self.document(descriptor)?;
                let is_attestation = is_attestation(descriptor, &manifest);
                if is_attestation {
                    self.attestation(descriptor, &manifest)?;
                }
                if !is_attestation || !is_about_one_of(descriptor, index) {
                    self.manifest(descriptor, manifest)?;
                }
            }
        }
        Ok(())
    }

    fn attestation(&mut self, descriptor: &Descriptor, manifest: &Manifest) -> Result<()> {
        let all = &mut self.source.attestations;
        let count = all.iter().map(|other| other.statements.len()).sum::<usize>() + manifest.layers.len();
        ensure!(
            count <= MAX_STATEMENTS,
            "it has more than {MAX_STATEMENTS} statements in its attestations\n{TOO_MUCH}"
        );
        all.push(Attestation::read(&self.blobs, descriptor, manifest));
        Ok(())
    }

    fn manifest(&mut self, descriptor: &Descriptor, manifest: Manifest) -> Result<()> {
        // A manifest may describe any artifact. That of an image has the configuration of an image.
        let media_type = &manifest.config.media_type;
        if media_type != oci::MEDIA_CONFIG && media_type != "application/vnd.docker.container.image.v1+json" {
            return Ok(());
        }
        let config: ImageConfig = self.document(&manifest.config)?;
        if let Some(platform) = &descriptor.platform {
            check_platform(descriptor, platform, &config)?;
        }
        let platform = format!("{}/{}", config.os, config.architecture);
        self.platforms.insert(descriptor.digest.as_str().to_owned(), platform);
        let paths = manifest.layers.iter().map(|layer| layer.digest.blob_path()).collect();
        self.listed.push((manifest.config.digest.blob_path(), paths));
        let layers = manifest.layers.into_iter().map(|layer| (layer.digest.blob_path(), Some(layer)));
        self.image(manifest.config.digest, config, layers.collect())
    }

    fn docker_save(&mut self) -> Result<()> {
        let bytes = self.blobs.read(SAVED, MAX_DOCUMENT)?;
        let list: Vec<Saved> = parse(&bytes, SAVED)?;
        ensure!(list.len() <= MAX_MANIFESTS, "it lists more than {MAX_MANIFESTS} images\n{TOO_MUCH}");
        for saved in list {
            let tag = saved.repo_tags.iter().flatten().find_map(|name| reference::stored_tag(name));
            self.source.tag = self.source.tag.take().or(tag);
            let bytes = self.blobs.read(&saved.config, MAX_DOCUMENT)?;
            let config = parse(&bytes, &saved.config)?;
            self.image(
                Digest::of(&bytes),
                config,
                saved.layers.into_iter().map(|layer| (layer, None)).collect(),
            )?;
        }
        Ok(())
    }

    /// Adds the image of a platform.
    fn image(
        &mut self,
        digest: Digest,
        config: ImageConfig,
        layers: Vec<(String, Option<Descriptor>)>,
    ) -> Result<()> {
        let name = format!("{}/{}", config.os, config.architecture);
        ensure!(name.len() <= MAX_PLATFORM, "an image is for a platform with a name of {} bytes", name.len());
        // Reports show it in the middle of a sentence.
        ensure!(
            name.chars().all(|c| c.is_ascii_graphic()),
            "an image is for `{}`, which is no name of a platform\n{DAMAGED}",
            name.escape_debug()
        );
        ensure!(
            layers.len() <= MAX_LAYERS,
            "the image for {name} has more than {MAX_LAYERS} layers\n{TOO_MUCH}"
        );
        let Some(platform) = platform_of(&config.os, &config.architecture) else {
            self.source.others.push(name);
            return Ok(());
        };
        ensure!(
            self.source.images.iter().all(|image| image.platform != platform),
            "it has several images for {platform}\nhelp: store one image at a time"
        );
        let diff_ids = config.rootfs.diff_ids;
        ensure!(
            layers.len() == diff_ids.len(),
            "the image for {platform} has {} layers, but its configuration lists {}\n{DAMAGED}",
            layers.len(),
            diff_ids.len()
        );
        let identity = Some(Identity { config: digest, diff_ids: diff_ids.clone() });
        let layers = layers.into_iter().zip(diff_ids).map(|((path, descriptor), diff_id)| {
            let blobs = self.blobs.clone();
            StoredLayer { blobs, path, descriptor, diff_id }
        });
        let layers = Layers::new(layers.collect());
        let (tree, hidden) = layers.tree()?;
        let mut run = config.config;
        let labels = Some(run.labels.take().unwrap_or_default());
        let (run, store) = (Some(run), Box::new(layers));
        self.source.images.push(PlatformImage { platform, labels, identity, run, tree, store, hidden });
        Ok(())
    }

    fn document<T: Document>(&self, descriptor: &Descriptor) -> Result<T> {
        let path = descriptor.digest.blob_path();
        let bytes = self.blobs.read(&path, MAX_DOCUMENT)?;
        let check = || -> Result<()> {
            descriptor.check(&Digest::of(&bytes), bytes.len() as u64)?;
            check_form(descriptor, &bytes)
        };
        check().with_context(|| format!("cannot use {path}"))?;
        parse(&bytes, &path)
    }
}

fn parse<T: Document>(bytes: &[u8], name: &str) -> Result<T> {
    json_keys::parse(bytes)
        .map_err(|error| anyhow!("cannot read {name} as a document of an image: {error}\n{DAMAGED}"))
}
