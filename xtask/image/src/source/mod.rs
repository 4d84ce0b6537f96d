//! Where an image is read from, and what is read: for each platform its labels, its files and their contents.
//!
//! Invariants: memory does not grow with the image, since contents are handed on as streams; nothing is written but in
//! a scratch folder of the tool's own, which is removed afterwards.

mod blobs;
mod buildx;
pub mod entries;
mod folder;
mod layers;
mod reference;
mod stored;
pub mod unpack;

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::{Result, bail};
use camino::Utf8Path;

use super::tree::{At, Tree};
use crate::oci::INDEX_FILE;
use sixfold_model::matrix::{Arch, Platform};
use sixfold_model::reference::shown;

/// Something that hands out the contents of files.
pub trait Store {
    /// Calls `each` for every one of the files in `wanted`, in whatever order is quickest, once.
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()>;
}

/// The image of one platform.
pub struct PlatformImage {
    pub platform: Platform,
    /// `None` where the source has none: a folder.
    pub labels: Option<BTreeMap<String, String>>,
    pub tree: Tree,
    pub store: Box<dyn Store>,
    /// The bytes of files which a later layer replaces or removes: shipped for nothing.
    pub hidden: u64,
}

/// All that is read of an extension's image.
#[derive(Default)]
pub struct Source {
    /// Its tag, where it has one.
    pub tag: Option<String>,
    /// One for each platform of an extension that is there, amd64 first.
    pub images: Vec<PlatformImage>,
    /// Platforms that are there and that no host of Docker Desktop pulls.
    pub others: Vec<String>,
}

/// Opens what the user named: a file or folder if there is one of this name, a reference otherwise.
pub fn open(what: &str) -> Result<Source> {
    let path = Utf8Path::new(what);
    if path.join(INDEX_FILE).is_file() {
        return stored::open_folder(path);
    }
    if path.is_dir() {
        return folder::open(path);
    }
    if path.is_file() {
        return stored::open_archive(path);
    }
    if looks_like_path(what) {
        bail!(
            "{} does not exist: give an image reference, an OCI archive or layout, or a folder with linux_amd64/ and linux_arm64/",
            shown(what)
        )
    }
    buildx::open(what, None)
}

/// Opens an image in a registry through this builder of buildx.
pub fn pushed(reference: &str, builder: &str) -> Result<Source> {
    buildx::open(reference, Some(builder))
}

/// Whether it can be nothing but a path, so that a mistyped one is not looked for in a registry.
fn looks_like_path(what: &str) -> bool {
    what.starts_with(['.', '/', '~']) || what.contains('\\') || what.ends_with(".tar") || what.ends_with('/')
}

/// The platform of an extension that an image's configuration names; `None` for any other.
fn platform_of(os: &str, architecture: &str) -> Option<Platform> {
    match (os, architecture) {
        ("linux", "amd64") => Some(Platform(Arch::Amd64)),
        ("linux", "arm64") => Some(Platform(Arch::Arm64)),
        _ => None,
    }
}
