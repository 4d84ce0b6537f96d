//! Writes a multi-platform OCI archive of the stage.
//!
//! The same stage, Dockerfile and times give the same bytes, in any folder and on any host. A layer that two platforms share
//! is made and written once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, Result, ensure};
use camino::Utf8Path;
use serde::Serialize;

use super::archive::Archive;
use super::cache::{Blob, Cache};
use super::copy::{Nodes, Tree};
use super::layer;
use super::recipe::{Recipe, Step};
use super::supported::BuiltinDockerfile;
use super::time::rfc3339;
use crate::oci::{
    Descriptor, History, ImageConfig, Index, MEDIA_CONFIG, MEDIA_LAYER_GZIP, MEDIA_MANIFEST, Manifest,
    OciPlatform, RootFs,
};
use sixfold_base::pool;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

/// What to write, and from what.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// The build context.
    pub stage: &'a Utf8Path,
    pub dockerfile: &'a Utf8Path,
    pub platforms: &'a [Platform],
    /// These override the Dockerfile's labels, as `--label` does.
    pub labels: &'a BTreeMap<String, String>,
    /// The time of the image, in seconds since 1970.
    pub created: u64,
    /// The time of every file in it, in seconds since 1970.
    pub file_time: u64,
    /// The references that `docker load` gives the image, such as `example/tool:0.1.0`. May be empty.
    pub names: &'a [String],
    /// The folder that keeps compressed layers between runs.
    pub cache: &'a Utf8Path,
    /// The archive to write.
    pub output: &'a Utf8Path,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct Written {
    pub index_digest: Digest,
    pub platforms: Vec<WrittenPlatform>,
    /// In bytes.
    pub archive_size: u64,
    /// How many of the distinct layers came from the cache.
    pub reused_layers: usize,
}

#[derive(Clone, Debug, Serialize)]
pub struct WrittenPlatform {
    pub platform: Platform,
    pub manifest_digest: Digest,
    pub config_digest: Digest,
    pub layers: Vec<WrittenLayer>,
    /// What a host downloads: layers and configuration, in bytes.
    pub size: u64,
}

#[derive(Clone, Debug, Serialize)]
pub struct WrittenLayer {
    /// The step of the Dockerfile.
    pub created_by: String,
    pub digest: Digest,
    /// Compressed, in bytes.
    pub size: u64,
    pub diff_id: Digest,
}

/// A platform with the entries of every layer, before any layer is written.
struct Planned {
    platform: Platform,
    recipe: Recipe,
    layers: Vec<Option<Nodes>>,
}

/// Writes the archive.
///
/// # Errors
///
/// The error's chain has a [`DockerfileError`](super::DockerfileError) if this engine does not support the Dockerfile.
pub fn write(request: &Request<'_>) -> Result<Written> {
    ensure!(
        !request.platforms.is_empty(),
        "no platform to write\nhelp: set `platforms` in the configuration"
    );
    let ignore = request.stage.join(".dockerignore");
    ensure!(
        !ignore.exists(),
        "the builtin engine does not read {ignore}\nhelp: remove the file, or build the image with `--engine buildx`"
    );
    let dockerfile = BuiltinDockerfile::read(request.dockerfile)?;
    let planned = request.platforms.iter().map(|platform| plan(request, &dockerfile, *platform));
    let planned = planned.collect::<Result<Vec<_>>>()?;

    let cache = Cache::open(request.cache)?;
    let distinct: BTreeSet<&Nodes> = planned.iter().flat_map(|image| image.layers.iter().flatten()).collect();
    let distinct: Vec<_> = distinct.into_iter().collect();
    let (ids, blobs) = make_layers(&cache, &distinct, request.file_time)?;
    let blob = |id| blobs.iter().find(|blob| blob.diff_id == id);
    let made: BTreeMap<&Nodes, &Blob> =
        distinct.into_iter().zip(ids).filter_map(|(nodes, id)| Some((nodes, blob(id)?))).collect();

    let mut archive = Archive::default();
    let mut manifests = Vec::new();
    let mut platforms = Vec::new();
    for image in &planned {
        let (manifest, written) = add_platform(&mut archive, image, &made, request)?;
        manifests.push(manifest);
        platforms.push(written);
    }
    let index = Index::new(manifests);
    let (index_digest, archive_size) =
        archive.write(&index, request.names, request.created, request.output)?;
    cache.prune(&blobs)?;
    let reused_layers = blobs.iter().filter(|blob| blob.reused).count();
    Ok(Written { index_digest, platforms, archive_size, reused_layers })
}

fn plan(request: &Request<'_>, dockerfile: &BuiltinDockerfile, platform: Platform) -> Result<Planned> {
    let mut recipe = dockerfile.recipe(platform)?;
    recipe.config.labels.get_or_insert_default().extend(request.labels.clone());
    let mut tree = Tree::new(request.stage);
    let mut layers = Vec::new();
    for step in &recipe.steps {
        let context = || format!("{}:{}: {} for {platform}", request.dockerfile, step.line, step.created_by);
        layers.push(tree.apply(&step.action).with_context(context)?);
    }
    Ok(Planned { platform, recipe, layers })
}

/// Returns the digest of each layer's uncompressed bytes, and each distinct layer once: files of two platforms may have the
/// same bytes under different names in the stage.
fn make_layers(cache: &Cache, layers: &[&Nodes], mtime: u64) -> Result<(Vec<Digest>, Vec<Blob>)> {
    let ids = pool::map(layers, pool::processors(), |nodes| layer::diff_id(nodes, mtime))?;
    let distinct: BTreeMap<&Digest, &Nodes> = ids.iter().zip(layers.iter().copied()).collect();
    let distinct: Vec<_> = distinct.into_iter().collect();
    let blobs = pool::map(&distinct, pool::processors(), |(id, nodes)| cache.layer(nodes, mtime, id))?;
    Ok((ids, blobs))
}

/// Adds a platform's layers, configuration and manifest.
fn add_platform(
    archive: &mut Archive,
    image: &Planned,
    made: &BTreeMap<&Nodes, &Blob>,
    request: &Request<'_>,
) -> Result<(Descriptor, WrittenPlatform)> {
    let mut layers = Vec::new();
    for (step, nodes) in image.recipe.steps.iter().zip(&image.layers) {
        let Some(blob) = nodes.as_ref().and_then(|nodes| made.get(nodes)) else { continue };
        archive.add_file(blob.digest.clone(), blob.path.clone(), blob.size);
        let (digest, diff_id) = (blob.digest.clone(), blob.diff_id.clone());
        layers.push(WrittenLayer { created_by: step.created_by.clone(), digest, size: blob.size, diff_id });
    }
    let config = archive.add_json(MEDIA_CONFIG, &image_config(image, &layers, request.created))?;
    let descriptors =
        layers.iter().map(|layer| Descriptor::new(MEDIA_LAYER_GZIP, layer.digest.clone(), layer.size));
    let size = config.size + layers.iter().map(|layer| layer.size).sum::<u64>();
    let manifest = Manifest {
        schema_version: 2,
        media_type: Some(MEDIA_MANIFEST.to_owned()),
        config: config.clone(),
        layers: descriptors.collect(),
    };
    let mut descriptor = archive.add_json(MEDIA_MANIFEST, &manifest)?;
    descriptor.platform = Some(OciPlatform {
        architecture: image.platform.arch().to_string(),
        os: "linux".to_owned(),
        variant: None,
    });
    let (manifest_digest, config_digest) = (descriptor.digest.clone(), config.digest);
    Ok((
        descriptor,
        WrittenPlatform { platform: image.platform, manifest_digest, config_digest, layers, size },
    ))
}

fn image_config(image: &Planned, layers: &[WrittenLayer], created: u64) -> ImageConfig {
    let created = rfc3339(created);
    let history = |(step, nodes): (&Step, &Option<Nodes>)| History {
        created: Some(created.clone()),
        created_by: step.created_by.clone(),
        comment: Some("buildkit.dockerfile.v0".to_owned()),
        empty_layer: nodes.is_none(),
    };
    ImageConfig {
        architecture: image.platform.arch().to_string(),
        config: image.recipe.config.clone(),
        created: Some(created.clone()),
        history: image.recipe.steps.iter().zip(&image.layers).map(history).collect(),
        os: "linux".to_owned(),
        rootfs: RootFs::new(layers.iter().map(|layer| layer.diff_id.clone()).collect()),
        variant: None,
    }
}
