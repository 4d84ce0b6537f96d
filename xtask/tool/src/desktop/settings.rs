//! The settings of Docker Desktop that forbid local extensions, read before anything is built.
//!
//! Docker Desktop's command line does not show them, but its settings file does
//! (<https://docs.docker.com/desktop/settings-and-maintenance/settings/>). If the file does not exist or cannot be parsed,
//! nothing is forbidden here; Docker Desktop itself then accepts or refuses the image.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

/// The settings file since Docker Desktop 4.35. Earlier versions use another name and spelling.
const FILE: &str = "settings-store.json";

#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Settings {
    extensions_enabled: Option<bool>,
    only_marketplace_extensions: Option<bool>,
}

/// Fails if Docker Desktop's settings forbid extensions that are not from its marketplace.
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
            "Docker Desktop's extensions are turned off in {file}\n\
             help: turn on `Enable Docker Extensions` in Settings, Extensions"
        );
    }
    if settings.only_marketplace_extensions == Some(true) {
        bail!(
            "Docker Desktop allows only extensions of the marketplace, as set in {file}\n\
             help: turn off `Allow only extensions distributed through the Docker Marketplace` in Settings, Extensions"
        );
    }
    Ok(())
}

/// The folder of Docker Desktop's settings.
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

    fn error(text: &str) -> Option<String> {
        allow(text, FILE.into()).err().map(|error| error.to_string())
    }

    #[test]
    fn only_an_explicit_setting_forbids_local_extensions() {
        for text in ["", "[]", "{}", r#"{"OnlyMarketplaceExtensions": "yes"}"#, r#"{"Cpus": 4}"#] {
            assert_eq!(error(text), None, "{text}");
        }
        assert_eq!(error(r#"{"ExtensionsEnabled": true, "OnlyMarketplaceExtensions": false}"#), None);
        assert!(
            error(r#"{"OnlyMarketplaceExtensions": true}"#)
                .unwrap()
                .contains("only extensions of the marketplace")
        );
        let off = r#"{"ExtensionsEnabled": false, "OnlyMarketplaceExtensions": true}"#;
        assert!(error(off).unwrap().contains("Enable Docker Extensions"));
    }
}
