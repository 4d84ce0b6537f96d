//! The settings of Docker Desktop that forbid a local extension, read before anything is built.
//!
//! Docker Desktop's command line does not tell them; its settings file does
//! (<https://docs.docker.com/desktop/settings-and-maintenance/settings/>). A file that is not there or not understood
//! forbids nothing: then Docker Desktop itself says what it thinks of the image.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

/// The settings file since Docker Desktop 4.35; those before have another name and spelling.
const FILE: &str = "settings-store.json";

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Settings {
    extensions_enabled: Option<bool>,
    only_marketplace_extensions: Option<bool>,
}

/// Fails when Docker Desktop's settings forbid extensions that are not from its marketplace.
pub(super) fn allow_local_images() -> Result<()> {
    let Some(file) = folder().map(|folder| folder.join(FILE)) else { return Ok(()) };
    match fs_err::read_to_string(&file) {
        Ok(text) => allow(&text, &file),
        Err(_) => Ok(()),
    }
}

fn allow(text: &str, file: &Utf8Path) -> Result<()> {
    let settings: Settings = serde_json::from_str(text).unwrap_or_default();
    if settings.extensions_enabled == Some(false) {
        bail!(
            "{file} turns extensions off: turn on `Enable Docker Extensions` in Docker Desktop's Settings, Extensions"
        );
    }
    if settings.only_marketplace_extensions == Some(true) {
        bail!(
            "{file} allows extensions of the marketplace only: turn off `Allow only extensions distributed through the \
             Docker Marketplace` in Docker Desktop's Settings, Extensions"
        );
    }
    Ok(())
}

/// Where Docker Desktop keeps its settings.
fn folder() -> Option<Utf8PathBuf> {
    let folder = match std::env::consts::OS {
        "macos" => dirs::home_dir()?.join("Library/Group Containers/group.com.docker"),
        "windows" => dirs::config_dir()?.join("Docker"),
        _ => dirs::home_dir()?.join(".docker/desktop"),
    };
    Utf8PathBuf::try_from(folder).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        allow(text, FILE.into()).err().map(|error| error.to_string())
    }

    #[test]
    fn only_a_clear_setting_forbids() {
        for text in ["", "[]", "{}", r#"{"OnlyMarketplaceExtensions": "yes"}"#, r#"{"Cpus": 4}"#] {
            assert_eq!(said(text), None, "{text}");
        }
        assert_eq!(said(r#"{"ExtensionsEnabled": true, "OnlyMarketplaceExtensions": false}"#), None);
        assert!(said(r#"{"OnlyMarketplaceExtensions": true}"#).unwrap().contains("marketplace only"));
        let off = r#"{"ExtensionsEnabled": false, "OnlyMarketplaceExtensions": true}"#;
        assert!(said(off).unwrap().contains("Enable Docker Extensions"));
    }
}
