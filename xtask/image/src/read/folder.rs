//! A folder with `linux_amd64/` and `linux_arm64/`, each the root of an image: what `docker buildx build --output type=local`
//! writes, and what `dist` stages.

use std::fs::{File, Metadata};
use std::io::Read;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use super::source::{PlatformImage, Source, Store};
use crate::tree::{At, Kind, Node, Tree};
use sixfold_model::matrix::Platform;

/// The name of the folder for a platform.
fn name_of(platform: Platform) -> String {
    platform.to_string().replace('/', "_")
}

pub(super) fn open(folder: &Utf8Path) -> Result<Source> {
    let mut images = vec![];
    for platform in Platform::ALL {
        let root = folder.join(name_of(platform));
        if root.is_dir() {
            let tree = read(&root)?;
            images.push(PlatformImage {
                platform,
                labels: None,
                identity: None,
                run: None,
                tree,
                store: Box::new(Disk(root)),
                hidden: 0,
            });
        }
    }
    if images.is_empty() {
        bail!(
            "{folder} is not an image\nhelp: give a folder with linux_amd64/ and linux_arm64/, or an OCI layout (oci-layout, \
             index.json, blobs/)"
        );
    }
    Ok(Source { images, ..Source::default() })
}

fn read(root: &Utf8Path) -> Result<Tree> {
    let mut tree = Tree::default();
    for entry in WalkDir::new(root).follow_links(false).min_depth(1) {
        let entry = entry.with_context(|| format!("cannot read {root}"))?;
        let path = Utf8Path::from_path(entry.path())
            .with_context(|| format!("the name of {} is not UTF-8", entry.path().display()))?;
        let metadata = entry.metadata().with_context(|| format!("cannot read {path}"))?;
        let relative: Vec<_> = path.strip_prefix(root)?.components().map(|part| part.as_str()).collect();
        let relative = relative.join("/");
        let kind = if metadata.is_dir() {
            Kind::Dir
        } else if metadata.is_symlink() {
            Kind::Symlink(path.read_link_utf8()?.into_string().replace('\\', "/"))
        } else if metadata.is_file() {
            Kind::File { size: metadata.len(), at: At::Disk(relative.clone()) }
        } else {
            Kind::Other
        };
        tree.insert(relative, Node { kind, mode: mode(&metadata), layer: 0 })?;
    }
    Ok(tree)
}

#[cfg(unix)]
fn mode(metadata: &Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    Some(metadata.permissions().mode() & 0o7777)
}

/// Windows has no permission bits.
#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<u32> {
    None
}

/// Files in this folder. Their paths come from a walk that does not follow links, so none leads out of it.
struct Disk(Utf8PathBuf);

impl Store for Disk {
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()> {
        for at in wanted {
            if let At::Disk(relative) = at {
                let path = self.0.join(relative);
                let mut file = File::open(&path).with_context(|| format!("cannot read {path}"))?;
                each(at, &mut file).with_context(|| format!("cannot read {path}"))?;
            }
        }
        Ok(())
    }
}
