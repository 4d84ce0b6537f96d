//! A host binary that metadata.json lists.

use sixfold_inspect::check::image_files::Command;
use sixfold_model::finding::Place;
use sixfold_model::matrix::{HostOs, ImagePath};

/// A listed file.
pub(super) struct Host {
    pub os: HostOs,
    pub path: ImagePath,
    /// In metadata.json.
    pub place: Place,
}

/// The hosts of a program, with the commands that make it for each platform.
pub(super) type Made = Vec<(Host, [Command; 2])>;
