//! What lists the contents of the image.

use anyhow::Result;
use serde::{Serialize, Serializer};

use sixfold_model::reference::Repository;

use super::flags::BuildFlags;
use super::ui::Ui;
use super::ui_packages::{self, UiPackages};
use crate::project::Project;

/// Which SBOM is attached to the image.
#[derive(Clone, Debug)]
pub enum Sbom {
    None,
    /// An SPDX document for each platform, made here.
    Own(Contents),
    /// What BuildKit makes of this value of buildx's `--sbom`.
    Buildx(String),
}

/// What an SBOM of our own needs to know about the project.
#[derive(Clone, Debug)]
pub struct Contents {
    pub repository: Repository,
    /// `None` when the extension has no UI.
    pub ui: Option<UiPackages>,
}

impl Sbom {
    /// Fails if the UI's lock file cannot be read.
    pub(super) fn new(project: &Project, flags: &BuildFlags, ui: Option<&Ui>) -> Result<Self> {
        Ok(match &flags.sbom {
            None => Self::None,
            Some(Some(value)) => Self::Buildx(value.clone()),
            Some(None) => Self::Own(Contents {
                repository: flags.common.repository(project).clone(),
                ui: ui.map(|ui| ui_packages::read(&ui.dir)).transpose()?,
            }),
        })
    }

    pub const fn is_own(&self) -> bool {
        matches!(self, Self::Own(_))
    }
}

/// A plain word, or the value for buildx under that word.
impl Serialize for Sbom {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::None => serializer.serialize_str("none"),
            Self::Own(_) => serializer.serialize_str("own"),
            Self::Buildx(value) => serializer.collect_map([("buildx", value)]),
        }
    }
}
