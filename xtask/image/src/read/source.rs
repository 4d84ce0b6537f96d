//! What is read of an image.

use std::collections::BTreeMap;
use std::io::Read;

use anyhow::Result;

use super::attestation::Attestation;
use crate::oci::RunConfig;
use crate::tree::{At, Tree};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Arch, Platform};

/// Gives access to the contents of files.
pub trait Store {
    /// Calls `each` once for every file in `wanted`, in whatever order is fastest.
    fn visit(&self, wanted: &[At], each: &mut dyn FnMut(&At, &mut dyn Read) -> Result<()>) -> Result<()>;
}

/// What an engine and a registry keep of an image, whatever they do with its layers and its index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The digest of the image configuration.
    pub config: Digest,
    /// The digests of the uncompressed layers.
    pub diff_ids: Vec<Digest>,
}

/// The image of one platform.
pub struct PlatformImage {
    pub platform: Platform,
    /// `None` for a folder, which has none.
    pub labels: Option<BTreeMap<String, String>>,
    /// `None` for a folder.
    pub identity: Option<Identity>,
    /// How a container of the image runs. `None` for a folder, which does not say it.
    pub run: Option<RunConfig>,
    pub tree: Tree,
    pub store: Box<dyn Store>,
    /// The size in bytes of files that a later layer replaces or removes. Every host downloads them for nothing.
    pub hidden: u64,
}

/// The image of an extension.
#[derive(Default)]
pub struct Source {
    /// Its tag, if it has one.
    pub tag: Option<String>,
    /// The platforms that hosts of Docker Desktop use, amd64 first.
    pub images: Vec<PlatformImage>,
    /// The other platforms in the image.
    pub others: Vec<String>,
    /// What its index says about its images, in the order of the index.
    pub attestations: Vec<Attestation>,
}

/// The platform of an extension that an image configuration names. `None` for any other platform.
pub(crate) fn platform_of(os: &str, architecture: &str) -> Option<Platform> {
    match (os, architecture) {
        ("linux", "amd64") => Some(Platform(Arch::Amd64)),
        ("linux", "arm64") => Some(Platform(Arch::Arm64)),
        _ => None,
    }
}
