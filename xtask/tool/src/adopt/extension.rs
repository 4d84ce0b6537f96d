//! The extension that is adopted.

use anyhow::{Result, bail};
use sixfold_base::program::TOOL;
use sixfold_inspect::check::image_files::ImageFiles;
use sixfold_model::members::{Member, bins};
use sixfold_model::metadata::Metadata;

use super::sources::Sources;

pub(super) const DOCKERFILE: &str = "Dockerfile";

/// The files of the extension.
pub(super) struct Extension {
    pub sources: Sources,
    pub files: ImageFiles,
    pub metadata: Metadata,
    /// The bins of the Cargo workspace.
    pub bins: Vec<String>,
}

impl Extension {
    /// Fails if there is no Dockerfile or metadata.json, and if one cannot be used.
    pub(super) fn read(sources: Sources, members: &[Member]) -> Result<Self> {
        for name in [DOCKERFILE, "metadata.json"] {
            if sources.read(name)?.is_none() {
                bail!(
                    "{} has no {name}\nhelp: run `{TOOL} adopt` in the folder of the extension; for a new one, use `{TOOL} init`",
                    sources.root
                );
            }
        }
        let files = ImageFiles::read(&sources.root, DOCKERFILE)?;
        let metadata = Metadata::read(&sources.root.join("metadata.json"))?;
        Ok(Self { files, metadata, bins: bins(members).map(str::to_owned).collect(), sources })
    }
}
