//! What lists the contents of the image.

use anyhow::Result;
use serde::{Serialize, Serializer};

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::Target;
use sixfold_model::reference::Repository;

use super::flags::BuildFlags;
use super::matrix::PlannedCell;
use super::ui::Ui;
use super::ui_packages::{self, UiPackages};
use crate::crates::{Crate, Root};
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
    roots: Vec<Root>,
    lookup: Lookup,
}

impl Sbom {
    /// Fails if the UI's lock file cannot be read.
    pub(super) fn new(
        project: &Project,
        flags: &BuildFlags,
        cells: &[PlannedCell],
        ui: Option<&Ui>,
    ) -> Result<Self> {
        Ok(match &flags.sbom {
            None => Self::None,
            Some(Some(value)) => Self::Buildx(value.clone()),
            Some(None) => Self::Own(Contents {
                repository: flags.common.repository(project).clone(),
                roots: super::auditable::roots(project, cells),
                ui: ui.map(|ui| ui_packages::read(&ui.dir)).transpose()?,
                lookup: flags.common.lookup().or_locked(),
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

impl Contents {
    /// The packages that a program contains on this target. Fails with cargo's message.
    pub fn crates(&self, binary: &str, target: Target) -> Result<Vec<Crate>> {
        let root = self.roots.iter().find(|root| root.bins.contains(binary));
        root.map_or_else(|| Ok(vec![]), |root| root.crates(target, self.lookup))
    }
}
