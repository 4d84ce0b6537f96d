//! The version of Sixfold that a project names, in the form of a dependency in a Cargo.toml: in `xtask/Cargo.toml`, or by the key
//! `sixfold` of extension.toml.

use semver::Version;
use serde::Deserialize;

/// The tags of the tool.
pub const TAG: &str = "sixfold-v";

/// A version from the registry (`"0.1.0"`), or a tag or a commit of a repository (`{ git = "…", tag = "sixfold-v0.1.0" }`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "toml::Value")]
pub struct Pin {
    /// The repository; `None` for a version from the registry.
    pub url: Option<String>,
    /// `None` for a commit.
    pub version: Option<Version>,
}

impl TryFrom<toml::Value> for Pin {
    type Error = String;

    fn try_from(value: toml::Value) -> Result<Self, String> {
        let key = |name: &str| value.get(name).and_then(toml::Value::as_str);
        let url = key("git").map(str::to_owned);
        let version = match (&url, key("tag"), key("version").or(value.as_str())) {
            (Some(_), Some(tag), _) => tag.strip_prefix(TAG).and_then(|version| version.parse().ok()),
            (None, _, Some(version)) => version.trim_start_matches('=').parse().ok(),
            (Some(_), None, _) if key("rev").is_some() => None,
            _ => {
                return Err(format!(
                    "sixfold is from a folder or a branch, which has no versions\n\
                     help: update that, or write {{ git = \"…\", tag = \"{TAG}…\" }}"
                ));
            }
        };
        Ok(Self { url, version })
    }
}

impl Pin {
    /// The value of `sixfold` in an extension.toml that may be for a newer version, with keys that are unknown here.
    ///
    /// `None` if there is none, or if the text is not TOML: those who read the configuration report that.
    pub fn in_extension_toml(text: &str) -> Option<Result<Self, String>> {
        let table: toml::Table = text.parse().ok()?;
        table.get("sixfold").cloned().map(Self::try_from)
    }

    /// Fails if the project wants another version than `own`.
    pub fn must_allow(&self, own: &Version) -> Result<(), String> {
        match &self.version {
            Some(version) if version != own => Err(format!(
                "extension.toml is for version {version} of sixfold, and this program is version {own}\n\
                 help: install that version, or change the key `sixfold`: `sixfold upgrade --to {own}`"
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_a_version_a_tag_or_a_commit() {
        let pin = |value: &str| Pin::in_extension_toml(&format!("new-key = 1\nsixfold = {value}")).unwrap();
        let version = |value: &str| pin(value).unwrap().version.map(|version| version.to_string());
        assert_eq!(version("'0.2.0'").as_deref(), Some("0.2.0"));
        assert_eq!(version("{ git = 'u', tag = 'sixfold-v0.3.0' }").as_deref(), Some("0.3.0"));
        assert_eq!(version("{ git = 'u', rev = 'abcdef0' }"), None);
        assert!(pin("{ git = 'u' }").is_err() && pin("{ path = '.' }").is_err() && pin("1").is_err());
        assert_eq!(Pin::in_extension_toml("image = 'a/b'"), None);
        let own = Version::new(0, 2, 0);
        assert!(pin("'0.2.0'").unwrap().must_allow(&own).is_ok());
        assert!(pin("'0.2.1'").unwrap().must_allow(&own).unwrap_err().contains("version 0.2.1 of sixfold"));
    }
}
