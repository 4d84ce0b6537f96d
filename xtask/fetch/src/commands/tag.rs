//! `fetch tag`: asks a registry whether a tag exists, for [`sixfold_project::registry::tag_state`].

use anyhow::Result;
use sixfold_base::terminal;

use crate::registry;

#[derive(clap::Args)]
pub(crate) struct Tag {
    /// The image, as `repository:tag`
    name: String,
}

impl Tag {
    pub(crate) fn run(self) -> Result<()> {
        terminal::answer(&serde_json::to_string(&registry::tag_state(&self.name)?)?)
    }
}
