//! The configuration: `[workspace.metadata.extension]` of the root Cargo.toml, or extension.toml.
//!
//! Every rule about a single value is checked by its type, so that an error has the place of the value: file, line and caret.
//! Unknown keys are errors.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use serde::{Deserialize, Deserializer};

use crate::backend::Backend;
use crate::binaries::{self, cells_of};
use crate::binary::BinaryConfig;
use crate::built::Built;
use crate::config_file::ConfigFile;
use crate::files::{self, Files, Shipped};
use crate::labels::LabelConfig;
use crate::macos::Extra;
use crate::matrix::{Cell, Platform, RunsOn, Target};
use crate::members::PackageFields;
use crate::pin::Pin;
use crate::place;
use crate::prebuilt::Prebuilt;
use crate::prebuilt::secrets::{scrubbed, scrubbed_with_carets};
use crate::reference::Repository;
use crate::sign::Sign;
use crate::values::{BinaryName, CommandLine, LoopbackUrl, Platforms, RelativeDir};
use crate::windows;

/// The table as the author wrote it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// The repository that the image is pushed to; the tag is the version.
    pub image: Repository,
    /// False for an extension that will not be in Docker's marketplace.
    #[serde(default = "in_marketplace")]
    pub marketplace: bool,
    /// The platforms of the image. Default: both.
    #[serde(default = "Platforms::both")]
    pub platforms: Platforms,
    /// The Dockerfile. `None`: `Dockerfile`.
    dockerfile: Option<RelativeDir>,
    /// The build context. `None`: the stage.
    context: Option<RelativeDir>,
    /// `None`: the extension has no UI.
    pub ui: Option<UiConfig>,
    /// The labels of the image.
    #[serde(default)]
    pub labels: LabelConfig,
    /// The host binaries.
    #[serde(default, deserialize_with = "binaries::read")]
    pub binaries: BTreeMap<BinaryName, BinaryConfig>,
    /// The program that runs in Docker's VM. `None`: the extension has none, or its Dockerfile builds it.
    pub backend: Option<Backend>,
    /// Scripts, data and programs that hosts get as they are in the project.
    #[serde(default)]
    pub files: Vec<Files>,
    /// Names that the author adds to our lists of what macOS exports.
    #[serde(default, deserialize_with = "valid_extra")]
    pub macos: Extra,
    /// Names that the author adds to our lists of what Windows exports.
    #[serde(default, deserialize_with = "valid_windows")]
    pub windows: windows::Extra,
    /// True if the programs that cargo builds name their crates.
    #[serde(default)]
    pub auditable: bool,
    /// How the binaries are signed. Default: not at all.
    #[serde(default, deserialize_with = "valid_sign")]
    pub sign: Sign,
    /// Settings of single targets.
    #[serde(default)]
    pub targets: BTreeMap<Target, TargetConfig>,
    #[serde(default)]
    pub preview: PreviewConfig,
    // The fields of the package, which only extension.toml has.
    name: Option<String>,
    version: Option<semver::Version>,
    description: Option<String>,
    repository: Option<String>,
    license: Option<String>,
    /// The version of Sixfold. In a Cargo workspace, `xtask/Cargo.toml` has it.
    sixfold: Option<Pin>,
}

/// Extensions are meant for the marketplace unless they say otherwise.
fn in_marketplace() -> bool {
    true
}

/// What `preview` lets the UI do.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PreviewConfig {
    /// Environment variables that the UI may set for its programs.
    #[serde(default)]
    pub env: Vec<String>,
}

impl Config {
    /// The fields of the package in extension.toml. The name is the title, unless that is set.
    fn take_package(&mut self) -> PackageFields {
        let name = self.name.take();
        self.labels.title = self.labels.title.take().or(name);
        PackageFields {
            version: self.version.take(),
            description: self.description.take(),
            repository: self.repository.take(),
            license: self.license.take(),
        }
    }

    /// A key that only extension.toml can have, if one is set.
    fn key_of_package(&self) -> Option<&'static str> {
        let fields = [
            ("name", self.name.is_some()),
            ("version", self.version.is_some()),
            ("description", self.description.is_some()),
            ("repository", self.repository.is_some()),
            ("license", self.license.is_some()),
            ("sixfold", self.sixfold.is_some()),
        ];
        fields.into_iter().find(|(_, is_set)| *is_set).map(|(key, _)| key)
    }

    /// True if cargo builds a program of the extension.
    pub fn needs_cargo(&self) -> bool {
        self.programs().any(|(_, binary)| binary.is_own())
    }

    /// The path of the Dockerfile, relative to the root of the workspace.
    pub fn dockerfile(&self) -> &Utf8Path {
        self.dockerfile.as_ref().map_or(Utf8Path::new("Dockerfile"), RelativeDir::as_path)
    }

    /// The folder of the project that is the build context, relative to the root. Then the stage is the build context named
    /// [`stage::CONTEXT`](crate::stage::CONTEXT). `None`: the stage is the build context.
    pub fn context(&self) -> Option<&Utf8Path> {
        self.context.as_ref().map(RelativeDir::as_path)
    }

    /// The cells of all binaries, in the order binary, host system, file, platform, and then those of the backend. Those of
    /// `files` are in [`Self::shipped`].
    pub fn cells(&self, platforms: &[Platform]) -> Vec<Cell> {
        let mut cells = vec![];
        for (name, binary) in &self.binaries {
            for os in binary.hosts() {
                cells.extend(cells_of(name, binary, *os, platforms));
            }
        }
        cells.extend(self.backend.iter().flat_map(|backend| backend.cells(platforms)));
        cells
    }

    /// All binaries, and the backend.
    pub fn programs(&self) -> impl Iterator<Item = (&BinaryName, &BinaryConfig)> {
        self.binaries.iter().chain(self.backend.iter().map(|backend| (&backend.name, &backend.binary)))
    }

    /// The keys of a program's table, below `[workspace.metadata.extension]`.
    pub fn table_of(&self, name: &BinaryName) -> Vec<String> {
        if self.binaries.contains_key(name) {
            vec!["binaries".to_owned(), name.to_string()]
        } else {
            vec!["backend".to_owned()]
        }
    }

    /// The files that hosts get as they are in the project, whose root is `root`. Reads folders.
    ///
    /// Fails if one does not exist, if it cannot have its name on a host, and if a host gets two files of one name. The
    /// error ends with `help: …`.
    pub fn shipped(&self, root: &Utf8Path) -> Result<Vec<Shipped>, String> {
        let shipped = files::list(&self.files, root)?;
        let cells = shipped.iter().map(|file| file.cell.clone());
        let binaries = self.cells(&Platform::ALL).into_iter().filter(|cell| cell.os != RunsOn::Vm);
        files::differ_by_name(&binaries.chain(cells).collect::<Vec<_>>())?;
        Ok(shipped)
    }

    /// The binary that a cell belongs to. `None` for a file that belongs to no binary.
    pub fn binary(&self, cell: &Cell) -> Option<&BinaryConfig> {
        self.programs().find(|(name, _)| name.as_str() == cell.binary).map(|(_, binary)| binary)
    }

    /// The binaries that commands of the author build.
    pub fn built(&self) -> impl Iterator<Item = (&BinaryName, &Built)> {
        self.programs().filter_map(|(name, binary)| Some((name, binary.built()?)))
    }

    /// The prebuilt binaries.
    pub fn prebuilt(&self) -> impl Iterator<Item = (&BinaryName, &Prebuilt)> {
        self.programs().filter_map(|(name, binary)| Some((name, binary.prebuilt()?)))
    }
}

/// How one target is linked, if not in the usual way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct TargetConfig {
    /// `None`: the linker that Sixfold chooses.
    pub linker: Option<LinkerChoice>,
}

/// The linkers that an author can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkerChoice {
    /// The linker that cargo uses by default: Xcode's on a Mac, or a cross compiler that the author has installed.
    Native,
    /// `zig cc`, which includes a C runtime for Windows and Linux.
    Zig,
    /// The linker that comes with Rust.
    #[serde(rename = "rust-lld")]
    RustLld,
}

/// Checks the table while it is read, so that an error has its line.
fn valid_extra<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Extra, D::Error> {
    let extra = Extra::deserialize(deserializer)?;
    extra.validate().map_err(serde::de::Error::custom)?;
    Ok(extra)
}

fn valid_windows<'de, D: Deserializer<'de>>(deserializer: D) -> Result<windows::Extra, D::Error> {
    let extra = windows::Extra::deserialize(deserializer)?;
    extra.validate().map_err(serde::de::Error::custom)?;
    Ok(extra)
}

fn valid_sign<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sign, D::Error> {
    let sign = Sign::deserialize(deserializer)?;
    sign.check().map_err(serde::de::Error::custom)?;
    Ok(sign)
}

/// How the UI is built.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct UiConfig {
    /// The folder of its sources, relative to the root of the workspace.
    pub dir: RelativeDir,
    /// The command that builds it, run in `dir`. `None`: the UI ships as it is.
    pub build: Option<CommandLine>,
    /// The command that installs its packages. It runs only if package.json or the lock file has changed. Default: chosen
    /// by the lock file.
    pub install: Option<CommandLine>,
    /// The folder that ships, to which `build` writes, relative to `dir`.
    pub output: RelativeDir,
    /// The command of the dev server, which `preview --dev` runs in `dir`.
    dev: Option<CommandLine>,
    /// The address of the dev server.
    #[serde(default)]
    pub dev_url: LoopbackUrl,
}

impl UiConfig {
    /// The command that starts the dev server: as configured, or `npm run dev` if package.json in `dir` has a script `dev`.
    pub fn dev_command(&self, dir: &Utf8Path) -> Option<CommandLine> {
        let has_script = || {
            let package = fs_err::read_to_string(dir.join("package.json")).ok()?;
            let package: serde_json::Value = serde_json::from_str(&package).ok()?;
            package.get("scripts")?.get("dev")?.is_string().then_some(())
        };
        let npm = || CommandLine::try_from("npm run dev".to_owned()).ok();
        self.dev.clone().or_else(|| has_script().and_then(|()| npm()))
    }
}

/// The parts of Cargo.toml that are read here. Cargo checks the rest.
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

/// Why the configuration cannot be used. As text: with line and caret, and `help: …`.
#[derive(Debug)]
pub struct ConfigError {
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// Its place in the file, in bytes. `None` if the table is missing.
    pub span: Option<Range<usize>>,
    /// The whole text.
    shown: String,
}

/// The help for what the parser itself finds.
const FIX: &str = "fix the key; docs/configuration.md describes all of them";

impl ConfigError {
    /// An error at a key.
    fn at(text: &str, keys: &[&str], message: String, help: String) -> Self {
        let span = place::key_span(text, keys);
        let sentence = format!("{message}\nhelp: {help}");
        let shown = span.as_ref().map_or(sentence.clone(), |span| place::shown(text, span, &sentence));
        Self { message, help, span, shown: scrubbed_with_carets(&shown) }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl std::error::Error for ConfigError {}

impl From<toml::de::Error> for ConfigError {
    fn from(error: toml::de::Error) -> Self {
        // Both quote the file, in which addresses may contain passwords.
        let shown = scrubbed_with_carets(error.to_string().trim_end());
        let message = scrubbed(error.message());
        let (message, help, shown) = match message.split_once("\nhelp: ") {
            Some((message, help)) => (message.to_owned(), help.to_owned(), shown),
            None => (message, FIX.to_owned(), format!("{shown}\nhelp: {FIX}")),
        };
        Self { message, help, span: error.span(), shown }
    }
}

/// Reads the configuration from the Cargo.toml of the workspace, or from extension.toml.
///
/// Fails on invalid TOML, a missing table, unknown keys and invalid values. The error has line and caret.
pub fn read(file: &Utf8Path) -> Result<(Config, PackageFields)> {
    let text = fs_err::read_to_string(file)?;
    let form = ConfigFile::of(file.file_name().unwrap_or_default());
    parse_as(form, &text).with_context(|| format!("cannot use the configuration in {file}"))
}

/// The same for the text of a Cargo.toml.
pub fn parse(text: &str) -> Result<(Config, PackageFields), ConfigError> {
    parse_as(ConfigFile::CargoToml, text)
}

/// The same for the text of a file of this form.
pub fn parse_as(form: ConfigFile, text: &str) -> Result<(Config, PackageFields), ConfigError> {
    let (config, package) = match form {
        ConfigFile::CargoToml => of_manifest(text)?,
        ConfigFile::ExtensionToml => {
            let mut config: Config = toml::from_str(text)?;
            let package = config.take_package();
            (config, package)
        }
    };
    must_be_distinct(text, form, &config)?;
    must_be_third_party(text, form, &config)?;
    must_have_crates(text, form, &config)?;
    Ok((config, package))
}

fn of_manifest(text: &str) -> Result<(Config, PackageFields), ConfigError> {
    let manifest: Manifest = toml::from_str(text)?;
    let workspace =
        manifest.workspace.unwrap_or(Workspace { package: PackageFields::default(), metadata: None });
    let Some(config) = workspace.metadata.and_then(|metadata| metadata.extension) else {
        let message = "there is no [workspace.metadata.extension] table";
        let shown = format!(
            "{message}\nhelp: add it; the smallest is\n\n    [workspace.metadata.extension]\n    image = \"you/your-extension\""
        );
        return Err(ConfigError { message: message.to_owned(), help: FIX.to_owned(), span: None, shown });
    };
    let Some(key) = config.key_of_package() else { return Ok((config, workspace.package)) };
    let help = match key {
        "name" => "set `title` in [workspace.metadata.extension.labels]",
        "sixfold" => "name the version in xtask/Cargo.toml",
        _ => "set it in [workspace.package]",
    };
    let message = format!("`{key}` is not a key of [workspace.metadata.extension]");
    Err(ConfigError::at(text, &ConfigFile::CargoToml.keys(&[key]), message, help.to_owned()))
}

/// Fails for a backend that has the name of a host binary: cargo would enable the backend's dependencies in both.
fn must_be_distinct(text: &str, form: ConfigFile, config: &Config) -> Result<(), ConfigError> {
    match config.backend.as_ref().filter(|backend| config.binaries.contains_key(&backend.name)) {
        None => Ok(()),
        Some(Backend { name, .. }) => Err(ConfigError::at(
            text,
            &form.keys(&["backend"]),
            format!("{name} is also a host binary"),
            "give the backend a package and a bin of its own, and share code in a library".to_owned(),
        )),
    }
}

/// Fails for a name in `third-party` that is not that of a third-party binary.
fn must_be_third_party(text: &str, form: ConfigFile, config: &Config) -> Result<(), ConfigError> {
    let is_third_party = |name: &BinaryName| config.prebuilt().any(|(other, _)| other == name);
    match config.sign.third_party.iter().find(|name| !is_third_party(name)) {
        None => Ok(()),
        Some(name) => Err(ConfigError::at(
            text,
            &form.keys(&["sign", "third-party"]),
            format!("{name} is not a third-party binary"),
            "name binaries with a `url`; those that are built here are signed anyway".to_owned(),
        )),
    }
}

/// Fails if crates have to be named, but cargo builds no program.
fn must_have_crates(text: &str, form: ConfigFile, config: &Config) -> Result<(), ConfigError> {
    if !config.auditable || config.needs_cargo() {
        return Ok(());
    }
    let message = "`auditable` has no effect: cargo builds no program of this extension".to_owned();
    Err(ConfigError::at(text, &form.keys(&["auditable"]), message, "remove it".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::{Arch, HostOs};

    const FULL: &str = r#"
[workspace.package]
version = "1.2.3"

[workspace.metadata.extension]
image = "example/hello"
platforms = ["linux/arm64"]

[workspace.metadata.extension.ui]
dir = "ui"
build = "npm run build"
output = "build"

[workspace.metadata.extension.binaries.hello]
hosts = ["darwin"]
"#;

    fn error(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn the_whole_table_is_read() {
        let (config, package) = parse(FULL).unwrap();
        assert_eq!(config.image.name(), "hello");
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
            let error = parse(&text).unwrap_err();
            assert!(error.to_string().contains("https://dl.example/"), "{error}");
            for shown in [error.to_string(), error.message, error.help] {
                assert!(!shown.contains("cret"), "{shown}");
            }
        }
    }

    #[test]
    fn the_tables_of_macos_and_of_targets_are_read() {
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
    fn the_dockerfile_and_the_build_context_are_inside_of_the_project() {
        let with = |lines: &str| {
            parse(&FULL.replace("image = \"example/hello\"", &format!("image = 'a/b'\n{lines}")))
        };
        let (config, _) = with("").unwrap();
        assert_eq!((config.dockerfile(), config.context()), ("Dockerfile".into(), None));
        let (config, _) = with("dockerfile = 'docker/Dockerfile'\ncontext = '.'").unwrap();
        assert_eq!((config.dockerfile(), config.context()), ("docker/Dockerfile".into(), Some(".".into())));
        for wrong in ["context = '..'", "context = ''", "dockerfile = '/Dockerfile'"] {
            assert!(with(wrong).unwrap_err().to_string().contains("must be a path inside"), "{wrong}");
        }
    }

    #[test]
    fn extension_toml_has_the_same_keys_and_the_fields_of_a_package() {
        let text = "name = 'Hello'\nversion = '1.2.3'\nlicense = 'MIT'\nimage = 'a/b'\n[ui]\ndir = 'ui'\noutput = '.'\n";
        let (config, package) = parse_as(ConfigFile::ExtensionToml, text).unwrap();
        assert_eq!((config.image.name(), config.labels.title.as_deref()), ("b", Some("Hello")));
        assert_eq!(package.version, Some(semver::Version::new(1, 2, 3)));
        assert_eq!((package.license.as_deref(), package.description), (Some("MIT"), None));
        let titled = format!("{text}[labels]\ntitle = 'Title'\n");
        let (config, _) = parse_as(ConfigFile::ExtensionToml, &titled).unwrap();
        assert_eq!(config.labels.title.as_deref(), Some("Title"));
        let wrong = parse_as(ConfigFile::ExtensionToml, &text.replace("dir", "dri")).unwrap_err();
        assert!(wrong.to_string().contains("line 6, column 1"), "{wrong}");
    }

    #[test]
    fn a_field_of_the_package_in_the_table_of_cargo_toml_is_an_error() {
        let text = FULL.replace("image = ", "version = '1.0.0'\nimage = ");
        let error = parse(&text).unwrap_err();
        assert_eq!(error.help, "set it in [workspace.package]");
        assert!(error.to_string().starts_with("line 6, column 1\n"), "{error}");
    }

    #[test]
    fn every_error_ends_with_help() {
        for key in [
            "auditable = 3",
            "sign.timeout = 0",
            "nonsense = 1",
            "image = ''",
            "platforms = [",
            "sign.windows = ''",
        ] {
            let text = error(&format!("[workspace.metadata.extension]\n{key}\n"));
            assert_eq!(text.matches("\nhelp: ").count(), 1, "{text}");
        }
    }

    #[test]
    fn auditable_without_a_program_that_cargo_builds_is_an_error() {
        let auditable = FULL.replace("image = ", "auditable = true\nimage = ");
        assert!(parse(&auditable).unwrap().0.auditable);
        let prebuilt = "[workspace.metadata.extension]\nimage = 'a/b'\nauditable = true\n";
        assert!(error(prebuilt).contains("line 3, column 1") && error(prebuilt).contains("no effect"));
        let rust = "image = 'a/b'\nauditable = true\nbinaries.tool = {}\n";
        assert!(parse_as(ConfigFile::ExtensionToml, rust).unwrap().0.auditable);
    }

    #[test]
    fn the_error_for_a_missing_table_shows_the_smallest_one() {
        assert!(error("[workspace]").contains("image = \"you/your-extension\""));
    }
}
