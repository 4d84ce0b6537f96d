//! Programs of others that the extension ships beside its own.

mod bring;
pub mod fetch;
pub mod progress;
pub mod protocol;
mod record;

use std::collections::BTreeSet;

use anyhow::Result;

use crate::Project;
use sixfold_base::cache;
use sixfold_model::digest::Digest;

pub use bring::{Brought, run};

/// The digests of the project's prebuilt programs which the tool's cache folder has a file for; none of them is opened.
pub fn held(project: &Project) -> Result<BTreeSet<Digest>> {
    let mut digests = project.config.prebuilt().flat_map(|(_, prebuilt)| prebuilt.sha256.values()).peekable();
    if digests.peek().is_none() {
        return Ok(BTreeSet::new());
    }
    let cache = cache::dir()?;
    let digests = digests.map(|sha256| &sha256.0);
    Ok(digests.filter(|digest| protocol::cached(&cache, digest).is_file()).cloned().collect())
}
