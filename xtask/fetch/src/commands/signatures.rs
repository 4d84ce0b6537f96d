//! `fetch signatures`: the signatures of an image, for [`sixfold_project::registry::signatures`].

use anyhow::Result;
use sixfold_base::terminal;

use crate::registry::signatures;

#[derive(clap::Args)]
pub(crate) struct Signatures {
    /// The image, as `repository:tag` or `repository@digest`
    name: String,
}

impl Signatures {
    pub(crate) fn run(self) -> Result<()> {
        let answer = signatures::signatures(&self.name).map_err(|error| format!("{error:#}"));
        terminal::answer(&serde_json::to_string(&answer)?)
    }
}
