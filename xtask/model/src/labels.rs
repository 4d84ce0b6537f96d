//! The labels of the image: from `[workspace.metadata.extension.labels]` and the package's own fields.
//!
//! They reach the image as arguments (`--label`), never as Dockerfile text, where inner quotes are lost silently.
//! The keys and their formats are those of Docker's extension label documentation.

mod markdown;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use serde::{Deserialize, Serialize};

use super::config::PackageFields;

/// The table as the author wrote it. What is absent is left out of the image; `check` says what Docker requires.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct LabelConfig {
    pub title: Option<String>,
    pub vendor: Option<String>,
    /// A constraint such as `>= 0.3.4`: a bare version was judged incompatible by Docker's validator.
    pub api_version: Option<String>,
    /// The address of the icon on the marketplace card; the icon in the image is metadata.json's.
    pub icon: Option<String>,
    #[serde(default)]
    pub screenshots: Vec<Screenshot>,
    /// Text or HTML; a file of Markdown becomes HTML.
    pub detailed_description: Option<Text>,
    pub publisher_url: Option<String>,
    #[serde(default)]
    pub additional_urls: Vec<Link>,
    /// Text or HTML, or a file of Markdown whose section of this version is taken, as HTML.
    pub changelog: Option<Text>,
    #[serde(default)]
    pub categories: Vec<String>,
    pub account_info: Option<String>,
}

/// Text given here, or kept in a file of the project.
#[derive(Debug, Deserialize)]
#[serde(untagged, expecting = "a text, or { file = \"PATH\" }")]
pub enum Text {
    Inline(String),
    File { file: camino::Utf8PathBuf },
}

/// A picture for the marketplace, 2400 x 1600 pixels recommended.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Screenshot {
    pub alt: String,
    pub url: String,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    pub title: String,
    pub url: String,
}

/// Label keys and values, sorted.
pub type Labels = BTreeMap<String, String>;

/// All labels of the image. `root` is the folder that `{ file = … }` starts from.
///
/// Fails when a file cannot be read, or when a changelog has no section of this version.
pub fn resolve(config: &LabelConfig, package: &PackageFields, root: &Utf8Path) -> Result<Labels> {
    each(config, package, root).into_iter().map(|(label, text)| Ok((label.to_owned(), text?))).collect()
}

/// Every label that is set, with its text, or why that cannot be made: what is wrong with one says nothing of the others.
pub fn each(
    config: &LabelConfig,
    package: &PackageFields,
    root: &Utf8Path,
) -> Vec<(&'static str, Result<String>)> {
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
        ("org.opencontainers.image.description", package.description.clone().map(Ok)),
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

fn read(root: &Utf8Path, file: &Utf8Path) -> Result<String> {
    fs_err::read_to_string(root.join(file))
        .with_context(|| format!("a label in Cargo.toml takes its text from {file}"))
}

/// A comma list: this one label is not JSON.
fn join(categories: &[String]) -> Option<String> {
    (!categories.is_empty()).then(|| categories.join(","))
}

fn json<T: Serialize>(list: &[T]) -> Option<Result<String>> {
    (!list.is_empty()).then(|| Ok(serde_json::to_string(list)?))
}

/// The text below the heading that names `version`, up to the next heading of its level or above. Docker wants the
/// changes of the current version only.
fn section_of(changelog: &str, file: &Utf8Path, version: Option<&str>) -> Result<String> {
    let Some(version) = version else {
        bail!(
            "{file} is the changelog label, but the package has no version: set `version` in [workspace.package]"
        );
    };
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    let names_version = |line: &str| {
        line.split([' ', '[', ']', '(', ')']).any(|word| word.trim_start_matches('v') == version)
    };
    let mut lines = changelog.lines();
    let Some(heading) = lines.find(|line| level(line) > 0 && names_version(line)) else {
        bail!("{file} has no section of version {version}: add a heading `## {version}` with what changed");
    };
    let section: Vec<_> = lines.take_while(|line| level(line) == 0 || level(line) > level(heading)).collect();
    match section.join("\n").trim() {
        "" => bail!("the section of version {version} in {file} is empty: say what changed"),
        text => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHANGELOG: &str =
        "# Changelog\n\n## [1.1.0] - 2026-01-01\n\n### Added\n\n- a thing\n\n## 1.0.0\n\n- all\n\n## 0.9.0\n";

    fn section(version: &str) -> Result<String> {
        section_of(CHANGELOG, "CHANGELOG.md".into(), Some(version))
    }

    #[test]
    fn the_changelog_is_that_of_one_version() {
        assert_eq!(section("1.1.0").unwrap(), "### Added\n\n- a thing");
        assert_eq!(section("1.0.0").unwrap(), "- all");
        assert!(section("1.1").unwrap_err().to_string().contains("add a heading `## 1.1`"));
        assert!(section("0.9.0").unwrap_err().to_string().contains("empty"));
    }

    #[test]
    fn markdown_of_files_becomes_html() {
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
    fn lists_are_json_and_categories_are_not() {
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
