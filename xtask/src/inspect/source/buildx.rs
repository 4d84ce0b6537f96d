//! An image in a registry, read through `docker buildx`, so that registries, logins and proxies are Docker's business.
//!
//! `imagetools inspect` gives the platforms and their configurations. The files of a platform come from an image build
//! of one line, `FROM` the image by its digest, exported as a tar archive: that keeps modes and links, also on Windows,
//! and works with every driver of buildx.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Deserialize;
use xshell::{Shell, cmd};

use super::layers::{Layers, Packed};
use super::scratch::Scratch;
use super::{PlatformImage, Source, Store, platform_of, reference};
use crate::buildx::{destination, must_be_here};
use crate::image::oci::{Digest, ImageConfig};
use crate::inspect::tree::At;
use crate::matrix::Platform;
use crate::project::reference::{LEAVE_OUT_LOGIN, holds_login, login, shown};
use crate::{process, terminal};

/// What `imagetools inspect --format '{{json .}}'` says, as far as it matters.
#[derive(Deserialize)]
struct Inspected {
    manifest: Manifest,
    image: Images,
}

#[derive(Deserialize)]
struct Manifest {
    digest: Digest,
}

/// One platform's configuration alone, or several by platform.
#[derive(Deserialize)]
#[serde(untagged)]
enum Images {
    One(Box<ImageConfig>),
    Several(BTreeMap<String, ImageConfig>),
}

/// Reads the image `name` through a builder; without one, through that which is current.
pub fn open(name: &str, builder: Option<&str>) -> Result<Source> {
    let sh = Shell::new()?;
    if let Some(builder) = builder {
        sh.set_var("BUILDX_BUILDER", builder);
    }
    let found = look(&sh, name)?;
    let configs = match found.image {
        Images::One(config) => vec![*config],
        Images::Several(configs) => configs.into_values().collect(),
    };
    let pinned = format!("{}@{}", reference::without_tag(name), found.manifest.digest);
    let (mut images, mut others) = (vec![], vec![]);
    for config in configs {
        match platform_of(&config.os, &config.architecture) {
            Some(platform) => images.push(pull(&sh, &pinned, platform, config)?),
            None => others.push(format!("{}/{}", config.os, config.architecture)),
        }
    }
    images.sort_by_key(|image| image.platform);
    Ok(Source { tag: reference::tag(name), images, others })
}

fn look(sh: &Shell, name: &str) -> Result<Inspected> {
    if holds_login(name) {
        bail!("`{}` is no image reference: {LEAVE_OUT_LOGIN}", shown(name));
    }
    if name.starts_with('-') || name.contains(char::is_whitespace) {
        bail!("`{}` is no image reference", name.escape_default());
    }
    must_be_here(sh)?;
    let format = "{{json .}}";
    let output = process::capture(
        cmd!(sh, "docker buildx imagetools inspect {name} --format {format}"),
        "inspect an image reference",
    )?;
    if !output.status.success() {
        let (login, tail) = (login(name), output.tail());
        bail!("{name} cannot be read from its registry; is the name right, and `{login}` done?\n{tail}");
    }
    serde_json::from_str(&output.stdout).with_context(|| {
        format!("docker buildx describes {name} in a way that is not understood; update buildx")
    })
}

/// Gets the files of one platform, and their tree.
fn pull(sh: &Shell, pinned: &str, platform: Platform, config: ImageConfig) -> Result<PlatformImage> {
    terminal::step("Reading", format_args!("{pinned} for {platform}"));
    let scratch = Scratch::new()?;
    let (dockerfile, context) = (scratch.path().join("Dockerfile"), scratch.path().join("context"));
    let archive = scratch.path().join("image.tar");
    fs::write(&dockerfile, format!("FROM {pinned}\n"))?;
    fs::create_dir(&context)?;
    let (platform_name, output) = (platform.to_string(), destination("tar", &archive));
    process::read(
        cmd!(
            sh,
            "docker buildx build --quiet --provenance=false --platform {platform_name} --output {output} --file {dockerfile} {context}"
        ),
        &format!("read {pinned} for {platform}"),
    )?;
    let layers = Layers(vec![Tar(archive)]);
    let (tree, hidden) = layers.tree()?;
    let labels = Some(config.config.labels.unwrap_or_default());
    let store = Box::new(Pulled { layers, _scratch: scratch });
    Ok(PlatformImage { platform, labels, tree, store, hidden })
}

/// All files of a platform in one archive.
struct Tar(Utf8PathBuf);

impl Packed for Tar {
    fn open(&self) -> Result<Box<dyn Read + '_>> {
        Ok(Box::new(std::io::BufReader::new(fs::File::open(&self.0)?)))
    }

    fn name(&self) -> String {
        Utf8Path::file_name(&self.0).unwrap_or_default().into()
    }
}

/// The archive, removed when it is no longer needed.
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
    fn one_platform_and_several_are_understood() {
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
