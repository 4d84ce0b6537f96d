//! An image in a registry, read through `docker buildx`, so that Docker deals with registries, logins and proxies.
//!
//! `imagetools inspect` gives the platforms and their configurations. The files of a platform come from building a Dockerfile
//! of one line, `FROM` the image by its digest, and exporting the result as a tar archive. That keeps modes and links, on
//! Windows too, and works with every driver of buildx.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;

use super::layers::{Layers, Packed};
use super::reference;
use super::source::{PlatformImage, Source, Store, platform_of};
use crate::docker::{destination, docker, must_be_here};
use crate::oci::ImageConfig;
use crate::tree::At;
use sixfold_base::scratch::Scratch;
use sixfold_base::{process, terminal};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;
use sixfold_model::reference::{LEAVE_OUT_LOGIN, holds_login, login, shown};

/// The parts of `imagetools inspect --format '{{json .}}'` that are used.
#[derive(Deserialize)]
struct Inspected {
    manifest: Manifest,
    image: Images,
}

#[derive(Deserialize)]
struct Manifest {
    digest: Digest,
}

/// The configuration of the only platform, or several by platform.
#[derive(Deserialize)]
#[serde(untagged)]
enum Images {
    One(Box<ImageConfig>),
    Several(BTreeMap<String, ImageConfig>),
}

/// Reads the image `name` through a builder, by default the current one.
pub(super) fn open(name: &str, builder: Option<&str>) -> Result<Source> {
    let found = look(name, builder)?;
    let configs = match found.image {
        Images::One(config) => vec![*config],
        Images::Several(configs) => configs.into_values().collect(),
    };
    let pinned = format!("{}@{}", reference::without_tag(name), found.manifest.digest);
    let (mut images, mut others) = (vec![], vec![]);
    for config in configs {
        match platform_of(&config.os, &config.architecture) {
            Some(platform) => images.push(pull(&pinned, platform, config, builder)?),
            None => others.push(format!("{}/{}", config.os, config.architecture)),
        }
    }
    images.sort_by_key(|image| image.platform);
    Ok(Source { tag: reference::tag(name), images, others })
}

fn look(name: &str, builder: Option<&str>) -> Result<Inspected> {
    if holds_login(name) {
        bail!("`{}` is not an image reference: {LEAVE_OUT_LOGIN}", shown(name));
    }
    if name.starts_with('-') || name.contains(char::is_whitespace) {
        bail!("`{}` is not an image reference", name.escape_default());
    }
    must_be_here()?;
    let inspect = buildx(builder, ["imagetools", "inspect", name, "--format", "{{json .}}"]);
    let output = process::capture(inspect, "inspect an image reference")?;
    if !output.status.success() {
        let (login, tail) = (login(name), output.tail());
        bail!(
            "cannot read {name} from its registry:\n{tail}\nhelp: check the name, and log in with `{login}`"
        );
    }
    serde_json::from_str(&output.stdout)
        .with_context(|| format!("cannot read how docker buildx describes {name}\nhelp: update buildx"))
}

/// Downloads the files of one platform.
fn pull(
    pinned: &str,
    platform: Platform,
    config: ImageConfig,
    builder: Option<&str>,
) -> Result<PlatformImage> {
    terminal::step("Reading", format_args!("{pinned} for {platform}"));
    let scratch = Scratch::new()?;
    let (dockerfile, context) = (scratch.path().join("Dockerfile"), scratch.path().join("context"));
    let archive = scratch.path().join("image.tar");
    fs::write(&dockerfile, format!("FROM {pinned}\n"))?;
    fs::create_dir(&context)?;
    let (platform_name, output) = (platform.to_string(), destination("tar", &archive));
    let build = [
        "build",
        "--quiet",
        "--provenance=false",
        "--platform",
        &platform_name,
        "--output",
        &output,
        "--file",
        dockerfile.as_str(),
        context.as_str(),
    ];
    process::read(buildx(builder, build), &format!("read {pinned} for {platform}"))?;
    let layers = Layers::new(vec![Tar(archive)]);
    let (tree, hidden) = layers.tree()?;
    let labels = Some(config.config.labels.unwrap_or_default());
    let store = Box::new(Pulled { layers, _scratch: scratch });
    Ok(PlatformImage { platform, labels, tree, store, hidden })
}

/// A buildx command for this builder, by default the current one.
fn buildx<'a>(builder: Option<&str>, arguments: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = docker(["buildx"]);
    command.args(arguments);
    if let Some(builder) = builder {
        command.env("BUILDX_BUILDER", builder);
    }
    command
}

/// An archive with all files of a platform.
struct Tar(Utf8PathBuf);

impl Packed for Tar {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(std::io::BufReader::new(fs::File::open(&self.0)?)))
    }

    fn name(&self) -> String {
        Utf8Path::file_name(&self.0).unwrap_or_default().into()
    }
}

/// The archive, which is removed when this is dropped.
struct Pulled {
    layers: Layers<Tar>,
    _scratch: Scratch,
}

impl Store for Pulled {
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()> {
        self.layers.visit(wanted, each)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_platform_and_several_are_read() {
        let digest = Digest::of(b"");
        let config = |arch: &str| {
            format!(
                r#"{{"architecture":"{arch}","os":"linux","config":{{"Labels":{{"a":"b"}}}},"rootfs":{{"type":"layers","diff_ids":["{digest}"]}}}}"#
            )
        };
        let parse = |image: &str| {
            let text =
                format!(r#"{{"name":"x","manifest":{{"digest":"{digest}","size":1}},"image":{image}}}"#);
            serde_json::from_str::<Inspected>(&text).unwrap().image
        };
        assert!(matches!(parse(&config("amd64")), Images::One(config) if config.architecture == "amd64"));
        let both = format!(r#"{{"linux/amd64":{},"linux/arm64":{}}}"#, config("amd64"), config("arm64"));
        assert!(matches!(parse(&both), Images::Several(configs) if configs.len() == 2));
    }
}
