//! The manifest.json of `docker save`.

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::json_keys::Document;

/// One image in the manifest.json.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Saved {
    pub(super) config: String,
    #[serde(default)]
    pub(super) repo_tags: Option<Vec<String>>,
    pub(super) layers: Vec<String>,
}

impl Document for Vec<Saved> {
    const KEYS: &'static [&'static str] = &["Config", "Layers", "RepoTags"];
}

/// The paths of an image's configuration and of its layers.
pub(super) type Parts = (String, Vec<String>);

/// Fails if `docker save` and an OCI index describe different images: engines read the one or the other.
pub(super) fn check(saved: Vec<Saved>, listed: &[Parts]) -> Result<()> {
    for image in saved {
        let parts = (image.config, image.layers);
        ensure!(
            listed.contains(&parts),
            "its manifest.json has the image {}, which its index.json does not have\nhelp: write the archive again",
            parts.0.escape_debug()
        );
    }
    Ok(())
}
