//! `[workspace.metadata.extension]` of the root Cargo.toml.
//!
//! Every rule about a single value is kept by its type, so that an error carries the place of the value: file, line and
//! caret. Unknown keys are errors.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use serde::{Deserialize, Deserializer};

use super::binaries;
use super::binaries::BinaryConfig;
use super::labels::LabelConfig;
use super::prebuilt::secrets::{scrubbed, scrubbed_with_carets};
use super::reference::Repository;
use super::values::{BinaryName, CommandLine, LoopbackUrl, Platforms, RelativeDir};
use crate::macos::Extra;
use crate::matrix::Target;

/// The table as the author wrote it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The repository that the image is pushed to; the tag is the version.
    pub image: Repository,
    #[serde(default = "Platforms::both")]
    pub platforms: Platforms,
    /// Absent: the extension has no page, and no UI is built.
    pub ui: Option<UiConfig>,
    #[serde(default)]
    pub labels: LabelConfig,
    #[serde(default, deserialize_with = "binaries::read")]
    pub binaries: BTreeMap<BinaryName, BinaryConfig>,
    /// What the author adds to our lists of what macOS has.
    #[serde(default, deserialize_with = "valid_extra")]
    pub macos: Extra,
    #[serde(default)]
    pub targets: BTreeMap<Target, TargetConfig>,
    #[serde(default)]
    pub preview: PreviewConfig,
}

/// What `preview` lets the UI do.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewConfig {
    /// Environment variables that the UI may set for its programs.
    #[serde(default)]
    pub env: Vec<String>,
}

/// How one target is linked, where the author wants it otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetConfig {
    pub linker: Option<LinkerChoice>,
}

/// The linkers that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkerChoice {
    /// Whatever cargo uses by itself: Xcode's on a Mac, a cross compiler that the author has installed.
    Native,
}

/// The rules of the table are kept here, so that an error carries its line.
fn valid_extra<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Extra, D::Error> {
    let extra = Extra::deserialize(deserializer)?;
    extra.validate().map_err(serde::de::Error::custom)?;
    Ok(extra)
}

/// How the page of the extension is built.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UiConfig {
    /// The folder, from the root of the workspace.
    pub dir: RelativeDir,
    /// The command that builds it, run in `dir`.
    pub build: CommandLine,
    /// What fetches the page's packages; run only when package.json or the lock file has changed. Default: `npm ci`
    /// without install scripts and audit, where there is a package-lock.json.
    pub install: Option<CommandLine>,
    /// The folder that `build` fills, from `dir`.
    pub output: RelativeDir,
    /// The page's own dev server, run in `dir` by `preview --dev`.
    dev: Option<CommandLine>,
    /// Where the dev server answers.
    #[serde(default)]
    pub dev_url: LoopbackUrl,
}

impl UiConfig {
    /// What starts the dev server: as configured, or `npm run dev` where package.json in `dir` has such a script.
    pub fn dev_command(&self, dir: &Utf8Path) -> Option<CommandLine> {
        let has_script = || {
            let package = fs_err::read_to_string(dir.join("package.json")).ok()?;
            let package: serde_json::Value = serde_json::from_str(&package).ok()?;
            package["scripts"]["dev"].is_string().then_some(())
        };
        let npm = || CommandLine::try_from("npm run dev".to_owned()).ok();
        self.dev.clone().or_else(|| has_script().and_then(|()| npm()))
    }
}

/// The parts of Cargo.toml that the tool reads; cargo itself has checked the rest.
#[derive(Deserialize)]
struct Manifest {
    workspace: Option<Workspace>,
}

#[derive(Deserialize)]
struct Workspace {
    #[serde(default)]
    package: PackageFields,
    metadata: Option<WorkspaceMetadata>,
}

#[derive(Deserialize)]
struct WorkspaceMetadata {
    extension: Option<Config>,
}

/// The fields of `[workspace.package]` that an image repeats in its labels. Fields that a workspace does not set come
/// from the package of the first host binary.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct PackageFields {
    pub version: Option<semver::Version>,
    pub description: Option<String>,
    pub repository: Option<String>,
    pub license: Option<String>,
}

/// Why the configuration cannot be used.
#[derive(Debug)]
pub struct Mistake {
    /// What is wrong, in one line.
    pub message: String,
    /// Where, in bytes of the file; `None` where it is what is missing.
    pub span: Option<Range<usize>>,
    /// The same with line and caret.
    shown: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for Mistake {}

impl From<toml::de::Error> for Mistake {
    fn from(error: toml::de::Error) -> Self {
        // Both quote the file, where addresses may have passwords.
        let shown = scrubbed_with_carets(error.to_string().trim_end());
        Self { message: scrubbed(error.message()), span: error.span(), shown }
    }
}

/// Reads the configuration out of the root manifest. `file` is named in errors.
///
/// Fails on bad TOML, a missing table, unknown keys and bad values, each with line and caret.
pub fn read(file: &Utf8Path) -> Result<(Config, PackageFields)> {
    let text = fs_err::read_to_string(file)?;
    parse(&text).with_context(|| format!("the configuration in {file} cannot be used"))
}

/// The same, of a text.
pub fn parse(text: &str) -> Result<(Config, PackageFields), Mistake> {
    let manifest: Manifest = toml::from_str(text)?;
    let workspace =
        manifest.workspace.unwrap_or(Workspace { package: PackageFields::default(), metadata: None });
    match workspace.metadata.and_then(|metadata| metadata.extension) {
        Some(config) => Ok((config, workspace.package)),
        None => {
            let message = "there is no [workspace.metadata.extension] table";
            let shown = format!(
                "{message}; the smallest is\n\n    [workspace.metadata.extension]\n    image = \"you/your-extension\""
            );
            Err(Mistake { message: message.to_owned(), span: None, shown })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Arch, HostOs, Platform};

    const FULL: &str = r#"
[workspace.package]
version = "1.2.3"

[workspace.metadata.extension]
image = "example/system-report"
platforms = ["linux/arm64"]

[workspace.metadata.extension.ui]
dir = "ui"
build = "npm run build"
output = "build"

[workspace.metadata.extension.binaries.system-report]
hosts = ["darwin"]
"#;

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_whole_table_is_read() {
        let (config, package) = parse(FULL).unwrap();
        assert_eq!(config.image.name(), "system-report");
        assert_eq!(config.platforms.as_slice(), [Platform(Arch::Arm64)]);
        assert_eq!(config.binaries.values().next().unwrap().hosts(), [HostOs::Darwin]);
        assert_eq!(package.version, Some(semver::Version::new(1, 2, 3)));
    }

    #[test]
    fn defaults_are_all_hosts_and_both_platforms() {
        let table = "[workspace.metadata.extension]\nimage = 'a/b'\nbinaries.tool = {}";
        let (config, _) = parse(table).unwrap();
        assert!(config.preview.env.is_empty());
        assert_eq!(config.platforms.as_slice(), Platform::ALL);
        assert_eq!(config.binaries.values().next().unwrap().hosts(), HostOs::ALL);
    }

    #[test]
    fn a_wrong_key_or_value_is_shown_with_line_and_caret() {
        insta::assert_snapshot!(error(&FULL.replace("build = ", "biuld = ")));
        insta::assert_snapshot!(error(&FULL.replace("linux/arm64", "linux/arm")));
        insta::assert_snapshot!(error(&FULL.replace("\"ui\"", "\"../ui\"")));
    }

    #[test]
    fn a_wrong_address_shows_no_secrets() {
        let wrong = [
            "url = 'https://me:s3cret@dl.example/{osx}?token=s3cret'",
            "url = \"https://me:s3cret@dl.example/{os\"",
            "url = \"https://me:{s3cret}@dl.example/\"",
            "url = \"https://me:s3 cret@dl.example/\"",
            "version = \"https://me:s3cret@dl.example/\"",
            "skip = \"https://me:s3cret@dl.example/\"",
            "member = \"https://me:s3cret@dl.example/\"",
        ];
        for line in wrong {
            let text = format!("{FULL}\n[workspace.metadata.extension.binaries.tool]\n{line}\n");
            let mistake = parse(&text).unwrap_err();
            assert!(mistake.to_string().contains("https://dl.example/"), "{mistake}");
            for shown in [mistake.to_string(), mistake.message] {
                assert!(!shown.contains("cret"), "{shown}");
            }
        }
    }

    #[test]
    fn what_is_said_of_macos_and_of_targets_is_read() {
        let text = format!(
            "{FULL}\n[workspace.metadata.extension.macos]\nsymbols = {{ Security = ['_SecNew'] }}\n{NATIVE}"
        );
        let (config, _) = parse(&text).unwrap();
        assert_eq!(config.macos.symbols["Security"], ["_SecNew"]);
        let target = Target { os: HostOs::Darwin, arch: Arch::Arm64 };
        assert_eq!(config.targets[&target].linker, Some(LinkerChoice::Native));
    }

    const NATIVE: &str = "[workspace.metadata.extension.targets.aarch64-apple-darwin]\nlinker = \"native\"\n";

    #[test]
    fn a_wrong_symbol_target_or_linker_is_shown_with_line_and_caret() {
        let macos = "[workspace.metadata.extension.macos]\nsymbols = { Securty = ['_SecNew'] }\n";
        insta::assert_snapshot!(error(&format!("{FULL}\n{macos}")));
        let wrong = NATIVE.replace("aarch64-apple-darwin", "aarch64-unknown-linux-gnu");
        insta::assert_snapshot!(error(&format!("{FULL}\n{wrong}")));
        insta::assert_snapshot!(error(&format!("{FULL}\n{}", NATIVE.replace("native", "mold"))));
    }

    #[test]
    fn a_missing_table_is_said_with_the_smallest_one() {
        assert!(error("[workspace]").contains("image = \"you/your-extension\""));
    }
}
