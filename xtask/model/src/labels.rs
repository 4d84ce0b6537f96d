//! The labels of the image: from `[workspace.metadata.extension.labels]` and the package's own fields.
//!
//! They are passed to the engine as arguments (`--label`), never as text of a Dockerfile, where inner quotes are silently lost.
//! The keys and formats are those of Docker's documentation of extension labels.

mod markdown;

use std::collections::BTreeMap;

use std::fmt;

use anyhow::Result;
use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use crate::config_file::CONFIG;
use crate::members::PackageFields;

/// The table as the author wrote it. A label that is not set is not in the image; `check` knows which ones Docker requires.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LabelConfig {
    /// The extension's name.
    pub title: Option<String>,
    /// One sentence. `None`: the description of the package.
    pub description: Option<String>,
    /// Who publishes it.
    pub vendor: Option<String>,
    /// A constraint such as `>= 0.3.4`. Docker's validator refuses a bare version as incompatible.
    pub api_version: Option<String>,
    /// The address of the icon in the marketplace. The icon in the image is set in metadata.json.
    pub icon: Option<String>,
    /// Pictures for the marketplace.
    #[serde(default)]
    pub screenshots: Vec<Screenshot>,
    /// Text or HTML. The content of a Markdown file becomes HTML.
    pub detailed_description: Option<Text>,
    /// The publisher's website.
    pub publisher_url: Option<String>,
    /// More links.
    #[serde(default)]
    pub additional_urls: Vec<Link>,
    /// Text or HTML, or a Markdown file, of which the section of this version becomes HTML.
    pub changelog: Option<Text>,
    /// Categories of the marketplace.
    #[serde(default)]
    pub categories: Vec<String>,
    /// Whether users need an account.
    pub account_info: Option<String>,
}

/// A text, or a file of the project that contains it.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a string, or { file = \"PATH\" }")]
pub enum Text {
    /// The text itself.
    Inline(String),
    /// Relative to the root of the workspace.
    File {
        /// The path.
        file: camino::Utf8PathBuf,
    },
}

/// A picture for the marketplace. Docker recommends 2400 x 1600 pixels.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Screenshot {
    /// Describes the picture.
    pub alt: String,
    /// Its address.
    pub url: String,
}

/// A link.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Its words.
    pub title: String,
    /// Its address.
    pub url: String,
}

/// Why the text of a label cannot be determined. As text: the message, and a second line `help: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for LabelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.message, self.help)
    }
}

impl std::error::Error for LabelError {}

/// Label keys and values, sorted.
pub type Labels = BTreeMap<String, String>;

/// All labels of the image. `root` is the folder that `{ file = … }` is relative to.
///
/// Fails if a file cannot be read, or if the changelog has no section for this version.
pub fn resolve(config: &LabelConfig, package: &PackageFields, root: &Utf8Path) -> Result<Labels> {
    each(config, package, root).into_iter().map(|(label, text)| Ok((label.to_owned(), text?))).collect()
}

/// Every label that is set, with its text, or with the error if that cannot be determined.
pub fn each(
    config: &LabelConfig,
    package: &PackageFields,
    root: &Utf8Path,
) -> Vec<(&'static str, Result<String, LabelError>)> {
    let version = package.version.as_ref().map(ToString::to_string);
    let changelog = config.changelog.as_ref().map(|text| match text {
        Text::File { file } => {
            section_of(&read(root, file)?, file, version.as_deref()).map(|text| markdown::html(&text))
        }
        Text::Inline(text) => Ok(text.clone()),
    });
    let description = config.detailed_description.as_ref().map(|text| match text {
        Text::File { file } if file.extension() == Some("md") => Ok(markdown::html(&read(root, file)?)),
        Text::File { file } => read(root, file),
        Text::Inline(text) => Ok(text.clone()),
    });
    let texts = [
        ("org.opencontainers.image.title", config.title.clone().map(Ok)),
        (
            "org.opencontainers.image.description",
            config.description.clone().or_else(|| package.description.clone()).map(Ok),
        ),
        ("org.opencontainers.image.vendor", config.vendor.clone().map(Ok)),
        ("org.opencontainers.image.version", version.clone().map(Ok)),
        ("org.opencontainers.image.source", package.repository.clone().map(Ok)),
        ("org.opencontainers.image.licenses", package.license.clone().map(Ok)),
        ("com.docker.desktop.extension.api.version", config.api_version.clone().map(Ok)),
        ("com.docker.desktop.extension.icon", config.icon.clone().map(Ok)),
        ("com.docker.extension.detailed-description", description),
        ("com.docker.extension.publisher-url", config.publisher_url.clone().map(Ok)),
        ("com.docker.extension.changelog", changelog),
        ("com.docker.extension.account-info", config.account_info.clone().map(Ok)),
        ("com.docker.extension.categories", join(&config.categories).map(Ok)),
        ("com.docker.extension.screenshots", json(&config.screenshots)),
        ("com.docker.extension.additional-urls", json(&config.additional_urls)),
    ];
    let set = texts.into_iter().filter_map(|(label, text)| Some((label, text?)));
    set.map(|(label, text)| (label, text.map(|text| text.trim().to_owned()))).collect()
}

fn read(root: &Utf8Path, file: &Utf8Path) -> Result<String, LabelError> {
    fs_err::read_to_string(root.join(file)).map_err(|error| LabelError {
        message: error.to_string(),
        help: format!("write the file, or write the text into {CONFIG}"),
    })
}

/// A list with commas: unlike the other lists, this label is not JSON.
fn join(categories: &[String]) -> Option<String> {
    (!categories.is_empty()).then(|| categories.join(","))
}

fn json<T: Serialize>(list: &[T]) -> Option<Result<String, LabelError>> {
    let error = |error: serde_json::Error| LabelError { message: error.to_string(), help: String::new() };
    (!list.is_empty()).then(|| serde_json::to_string(list).map_err(error))
}

/// The text below the heading that contains `version`, up to the next heading of the same or a higher level. Docker wants only
/// the changes of the current version.
fn section_of(changelog: &str, file: &Utf8Path, version: Option<&str>) -> Result<String, LabelError> {
    let Some(version) = version else {
        return Err(LabelError {
            message: format!("cannot choose a section of {file}: the extension has no version"),
            help: format!("set `version` in {}", CONFIG.package()),
        });
    };
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    let names_version = |line: &str| {
        line.split([' ', '[', ']', '(', ')']).any(|word| word.trim_start_matches('v') == version)
    };
    let mut lines = changelog.lines();
    let Some(heading) = lines.find(|line| level(line) > 0 && names_version(line)) else {
        return Err(LabelError {
            message: format!("{file} has no section for version {version}"),
            help: format!("add a heading `## {version}` with the changes below it"),
        });
    };
    let section: Vec<_> = lines.take_while(|line| level(line) == 0 || level(line) > level(heading)).collect();
    match section.join("\n").trim() {
        "" => Err(LabelError {
            message: format!("the section for version {version} in {file} is empty"),
            help: "write what has changed".to_owned(),
        }),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## [1.1.0] - 2026-01-01\n\n### Added\n\n- a thing\n\n## 1.0.0\n\n- all\n\n## 0.9.0\n";

    fn section(version: &str) -> Result<String, LabelError> {
        section_of(CHANGELOG, "CHANGELOG.md".into(), Some(version))
    }

    #[test]
    fn the_changelog_is_the_section_of_one_version() {
        assert_eq!(section("1.1.0").unwrap(), "### Added\n\n- a thing");
        assert_eq!(section("1.0.0").unwrap(), "- all");
        assert!(section("1.1").unwrap_err().to_string().contains("add a heading `## 1.1`"));
        assert!(section("0.9.0").unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn a_markdown_file_becomes_html() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        fs_err::write(root.join("CHANGELOG.md"), CHANGELOG).unwrap();
        fs_err::write(root.join("about.html"), "- <b>no list</b>").unwrap();
        let package = PackageFields { version: Some(semver::Version::new(1, 1, 0)), ..Default::default() };
        let labels = |texts: &str| resolve(&toml::from_str(texts).unwrap(), &package, root).unwrap();
        let both = labels("changelog.file = 'CHANGELOG.md'\ndetailed-description.file = 'about.html'");
        assert_eq!(both["com.docker.extension.changelog"], "<h3>Added</h3><ul><li>a thing</li></ul>");
        assert_eq!(both["com.docker.extension.detailed-description"], "- <b>no list</b>");
        let inline = labels("changelog = '- a'\ndetailed-description.file = 'CHANGELOG.md'");
        assert_eq!(inline["com.docker.extension.changelog"], "- a");
        assert!(inline["com.docker.extension.detailed-description"].starts_with("<h2>Changelog</h2>"));
    }

    #[test]
    fn lists_are_json_but_categories_are_not() {
        let config: LabelConfig = toml::from_str(
            "title = 'T'\ncategories = ['utility-tools', 'volumes']\nscreenshots = [{ alt = 'a \"b\"', url = 'https://x' }]",
        )
        .unwrap();
        let labels = resolve(&config, &PackageFields::default(), ".".into()).unwrap();
        assert_eq!(labels["com.docker.extension.categories"], "utility-tools,volumes");
        assert_eq!(labels["com.docker.extension.screenshots"], r#"[{"alt":"a \"b\"","url":"https://x"}]"#);
        assert_eq!(labels.len(), 3);
    }
}
