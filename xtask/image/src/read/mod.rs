//! Reads an image: for each platform its labels, its files and their contents.
//!
//! Memory does not grow with the image, since contents are streamed. Nothing is written, except in a temporary folder that is
//! removed afterwards.

mod apply;
mod attestation;
mod blobs;
pub mod decompress;
mod descriptor;
mod folder;
mod index;
#[cfg(test)]
mod index_tests;
mod json_keys;
mod layers;
mod reference;
mod registry;
mod saved;
mod source;
mod stored_layer;
pub mod tar_entries;
mod tar_extensions;
mod tar_header;
mod unpack;

use anyhow::{Result, bail};
use camino::Utf8Path;

use crate::oci::INDEX_FILE;
pub use attestation::Attestation;
use sixfold_model::reference::shown;
pub(crate) use source::platform_of;
pub use source::{Identity, PlatformImage, Source, Store};
pub use unpack::unpack;

/// Opens an image by what the user named: a file or folder if one has this name, otherwise a reference in a registry.
pub fn open(what: &str) -> Result<Source> {
    let path = Utf8Path::new(what);
    if path.join(INDEX_FILE).is_file() {
        return index::open_folder(path);
    }
    if path.is_dir() {
        return folder::open(path);
    }
    if path.is_file() {
        return index::open_archive(path);
    }
    if looks_like_path(what) {
        bail!(
            "{} does not exist\nhelp: give an image reference, an OCI archive or layout, or a folder with linux_amd64/ and \
             linux_arm64/",
            shown(what)
        )
    }
    registry::open(what, None)
}

/// Opens an image in a registry, also if there is a file of this name, through a builder of buildx, by default the current one.
pub fn pushed(reference: &str, builder: Option<&str>) -> Result<Source> {
    registry::open(reference, builder)
}

/// True if it can only be a path, so that a mistyped path is not looked up in a registry.
fn looks_like_path(what: &str) -> bool {
    what.starts_with(['.', '/', '~']) || what.contains('\\') || what.ends_with(".tar") || what.ends_with('/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_not_looked_up_in_a_registry() {
        assert!(["./x", "/x", "~/x", "x\\y", "x.tar", "x/"].into_iter().all(looks_like_path));
        assert!(["x/y", "x/y:1.0.0", "localhost:5000/x"].into_iter().all(|name| !looks_like_path(name)));
    }
}
