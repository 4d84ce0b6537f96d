//! The version of the tool in `xtask/Cargo.toml` or in extension.toml, and how to change it.

use std::process::Command;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;
use fs_err as fs;
use semver::Version;

use sixfold_base::{cargo, files, git, process};
use sixfold_model::config_file::ConfigFile;
use sixfold_model::pin::{Pin, TAG};
use sixfold_model::place::{key_span, value_span};

use crate::init::references;

/// What `cargo install` writes in the folder above that of its programs.
const RECORD: &str = ".crates.toml";
/// The package of the tool.
const TOOL: &str = env!("CARGO_PKG_NAME");

/// Keys of the configuration that have a new name: the path of the old key, and the new name. None yet.
pub(crate) const RENAMED: &[(&[&str], &str)] = &[];

/// The place where a project names the tool's version.
pub(crate) struct Pinned {
    /// The form of the configuration.
    file: ConfigFile,
    manifest: Utf8PathBuf,
    keys: &'static [&'static str],
    text: String,
    pin: Pin,
}

impl Pinned {
    /// Reads `xtask/Cargo.toml` or extension.toml. Fails for a tool that has no versions: a folder, or a branch.
    pub(crate) fn read(root: &Utf8Path) -> Result<Self> {
        let file = ConfigFile::in_folder(root)?.unwrap_or_default();
        let (name, keys): (_, &[&str]) = match file {
            ConfigFile::CargoToml => ("xtask/Cargo.toml", &["dependencies", TOOL]),
            ConfigFile::ExtensionToml => (file.name(), &[TOOL]),
        };
        let manifest = root.join(name);
        ensure!(
            manifest.is_file(),
            "{manifest} does not exist, so the project is built by the installed program\n\
             help: install a newer one in its place, for instance with `cargo install --force`"
        );
        let text = fs::read_to_string(&manifest)?;
        let table: toml::Table = text.parse().with_context(|| format!("cannot read {manifest}"))?;
        let first = keys.first().and_then(|key| table.get(*key));
        let tool = keys.iter().skip(1).try_fold(first, |value, key| Some(value?.get(*key))).flatten();
        let tool = tool.cloned().with_context(|| {
            format!(
                "{manifest} does not name the version of {TOOL}\n\
                 help: write {} = {{ git = \"…\", tag = \"{TAG}{}\" }}",
                keys.join("."),
                own()
            )
        })?;
        let pin = Pin::try_from(tool).map_err(|error| anyhow!("cannot change {manifest}: {error}"))?;
        Ok(Self { file, manifest, keys, text, pin })
    }

    /// The version that it names. For a commit, that of this program.
    pub(crate) fn version(&self) -> Version {
        self.pin.version.clone().unwrap_or_else(own)
    }

    /// The wanted version if it exists, or the newest.
    pub(crate) fn choose(&self, wanted: Option<Version>) -> Result<Version> {
        let all = match &self.pin.url {
            Some(url) => versions(&tags(url)?),
            // Cargo says whether a wanted version exists.
            None => wanted.clone().map_or_else(newest_in_registry, Ok).map(|version| vec![version])?,
        };
        let newest = all.iter().filter(|version| version.pre.is_empty()).max();
        let newest = newest.or(all.iter().max()).context("the repository of sixfold has no versions")?;
        match wanted {
            Some(wanted) if !all.contains(&wanted) => {
                bail!(
                    "there is no version {wanted} of sixfold\nhelp: leave out --to for the newest, {newest}"
                )
            }
            Some(wanted) => Ok(wanted),
            // A project may be ahead, with a version that is not finished.
            None => Ok(newest.clone().max(self.version())),
        }
    }

    /// Gets the version, and names it in the manifest. If it cannot be used, everything is as before. Returns the new program,
    /// which has to be told to migrate.
    pub(crate) fn change(&self, root: &Utf8Path, version: &Version) -> Result<Command> {
        let new = self.with(version)?;
        if self.file == ConfigFile::ExtensionToml {
            let program = self.install(version)?;
            files::write(&self.manifest, new.as_bytes())?;
            return Ok(Command::new(program));
        }
        let lock = root.join("Cargo.lock");
        let before = fs::read(&lock)?;
        files::write(&self.manifest, new.as_bytes())?;
        let got = MetadataCommand::new().current_dir(root).exec().context("cargo cannot get that version");
        got.inspect_err(|_| {
            // The error is more important than what cannot be restored.
            let _ = files::write(&self.manifest, self.text.as_bytes());
            let _ = files::write(&lock, &before);
        })?;
        let mut xtask = cargo::command();
        xtask.arg("xtask");
        Ok(xtask)
    }

    /// Has cargo install the version in place of this program, unless it is that version. Returns its path.
    fn install(&self, version: &Version) -> Result<Utf8PathBuf> {
        let program = Utf8PathBuf::try_from(std::env::current_exe()?)?;
        if *version == own() {
            return Ok(program);
        }
        let root = program.ancestors().nth(2).filter(|root| root.join(RECORD).is_file());
        let root = root.with_context(|| {
            format!(
                "{program} was not installed by cargo, so it cannot be replaced\n\
                 help: install version {version} yourself, and name it in {}",
                self.manifest
            )
        })?;
        let mut install = cargo::command();
        install.args(["install", "--locked", "--force", "--root", root.as_str()]);
        match &self.pin.url {
            Some(url) => install.args(["--git", url, "--tag", &format!("{TAG}{version}"), TOOL]),
            None => install.arg(format!("{TOOL}@{version}")),
        };
        let status = process::show_status(install, "install that version")?;
        ensure!(status.success(), "cargo cannot install version {version} of {TOOL}; its messages are above");
        Ok(program)
    }

    /// The files that an upgrade changes, relative to the root.
    pub(crate) fn changed(&self) -> &'static [&'static str] {
        match self.file {
            ConfigFile::CargoToml => &["Cargo.toml", "Cargo.lock", "xtask/Cargo.toml"],
            ConfigFile::ExtensionToml => &["extension.toml"],
        }
    }

    /// Fails if git would not be able to restore the files that change.
    pub(crate) fn must_be_committed(&self, root: &Utf8Path) -> Result<()> {
        let mut status = git::command(root);
        status.args(["status", "--porcelain", "--"]).args(self.changed());
        let changed = process::read(status, "ask git what is not committed")?;
        ensure!(
            changed.trim().is_empty(),
            "these files have changes that are not committed, so the upgrade could not be undone:\n{}\nhelp: commit them first",
            changed.trim_end()
        );
        Ok(())
    }

    /// The text of the manifest with this version.
    fn with(&self, version: &Version) -> Result<String> {
        let at = |key: &str| {
            let keys = [self.keys, &[key]].concat();
            Some((key_span(&self.text, &keys)?, value_span(&self.text, &keys)?))
        };
        let (span, new) = match (&self.pin.url, at("tag").or_else(|| at("rev"))) {
            (Some(_), Some((key, value))) => (key.start..value.end, format!("tag = \"{TAG}{version}\"")),
            _ => {
                let value =
                    at("version").map(|(_, value)| value).or_else(|| value_span(&self.text, self.keys));
                (value.context("sixfold is not a dependency any more")?, format!("\"{version}\""))
            }
        };
        let mut text = self.text.clone();
        text.replace_range(span, &new);
        Ok(text)
    }
}

/// The version of this program.
fn own() -> Version {
    env!("CARGO_PKG_VERSION").parse().unwrap_or(Version::new(0, 0, 0))
}

/// The names of the branches and tags of the repository.
fn tags(url: &str) -> Result<Vec<String>> {
    let all = references(Utf8Path::new("."), url)
        .map_err(|error| error.context("cannot look for a newer version\nhelp: go online, and correct the address of sixfold if it has moved"))?;
    Ok(all.into_iter().map(|(_, name)| name).collect())
}

fn versions(names: &[String]) -> Vec<Version> {
    let version = |name: &String| name.strip_prefix("refs/tags/")?.strip_prefix(TAG)?.parse().ok();
    names.iter().filter_map(version).collect()
}

/// The newest version, as `cargo info` prints it.
fn newest_in_registry() -> Result<Version> {
    let mut info = cargo::command();
    info.args(["info", "sixfold", "--quiet", "--color", "never"]);
    let text = process::read(info, "look for a newer version")
        .map_err(|error| error.context("cannot look for a newer version\nhelp: go online"))?;
    let version = text.lines().find_map(|line| line.strip_prefix("version: "));
    let version =
        version.and_then(|version| version.split(' ').next()).context("cargo info printed no version")?;
    Ok(version.parse()?)
}

/// The sections of a changelog for the versions after `current`, up to `version`.
pub(crate) fn news(changelog: &str, current: &Version, version: &Version) -> String {
    let sections = changelog.split("\n## ").skip(1).filter(|section| {
        let name = section.lines().next().and_then(|line| line.split(' ').next()).unwrap_or_default();
        name.parse().is_ok_and(|it: Version| it > *current && it <= *version)
    });
    sections.map(|section| format!("## {}", section.trim_end())).collect::<Vec<_>>().join("\n\n")
}

/// The text of a configuration with new names for old keys, and what was renamed.
pub(crate) fn renamed(file: ConfigFile, text: &str, all: &[(&[&str], &str)]) -> (String, Vec<String>) {
    let mut text = text.to_owned();
    let mut names = vec![];
    for (old, new) in all {
        if let Some(span) = key_span(&text, &file.keys(old)) {
            text.replace_range(span, new);
            names.push(format!("`{}` to `{new}`", old.join(".")));
        }
    }
    (text, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(dependency: &str) -> Result<Pinned> {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        fs::create_dir(root.join("xtask")).unwrap();
        fs::write(root.join("xtask/Cargo.toml"), format!("[dependencies]\n{dependency}\n")).unwrap();
        Pinned::read(root)
    }

    #[test]
    fn only_the_version_changes_in_the_manifest() {
        let version = Version::new(2, 0, 0);
        for (before, after) in [
            (
                "sixfold = { git = 'u', tag = 'sixfold-v1.0.0' } # x",
                "sixfold = { git = 'u', tag = \"sixfold-v2.0.0\" } # x",
            ),
            ("sixfold = { rev = 'abcdef0', git = 'u' }", "sixfold = { tag = \"sixfold-v2.0.0\", git = 'u' }"),
            ("sixfold = '1.0.0'", "sixfold = \"2.0.0\""),
            ("sixfold = { version = \"=1.0.0\" }", "sixfold = { version = \"2.0.0\" }"),
        ] {
            let changed = pin(before).unwrap().with(&version).unwrap();
            assert_eq!(changed, format!("[dependencies]\n{after}\n"));
        }
        for without in
            ["sixfold = { path = '../..' }", "sixfold = { git = 'u', branch = 'b' }", "other = '1'"]
        {
            assert!(pin(without).is_err(), "{without}");
        }
    }

    #[test]
    fn only_tags_of_the_tool_are_versions() {
        let names = [
            "refs/heads/sixfold-v9.0.0",
            "refs/tags/v8.0.0",
            "refs/tags/sixfold-v1.2.0",
            "refs/tags/sixfold-vx",
        ];
        assert_eq!(versions(&names.map(str::to_owned)), [Version::new(1, 2, 0)]);
    }

    #[test]
    fn the_news_are_the_sections_of_the_new_versions() {
        let changelog = "# Changelog\n\n## 0.3.0\n\n- c\n\n## 0.2.0 (2026)\n\n- b\n\n## 0.1.0\n\n- a\n";
        let version = |minor| Version::new(0, minor, 0);
        assert_eq!(news(changelog, &version(1), &version(2)), "## 0.2.0 (2026)\n\n- b");
        assert_eq!(news(changelog, &version(1), &version(3)), "## 0.3.0\n\n- c\n\n## 0.2.0 (2026)\n\n- b");
        assert_eq!(news(changelog, &version(3), &version(1)), "");
    }

    #[test]
    fn an_old_key_gets_its_new_name() {
        let text = "[workspace.metadata.extension]\nimage = 'a'\n[workspace.metadata.extension.ui]\ndist = 'd' # x\n";
        let (changed, names) =
            renamed(ConfigFile::CargoToml, text, &[(&["ui", "dist"], "output"), (&["gone"], "x")]);
        assert_eq!(changed, text.replace("dist =", "output ="));
        assert_eq!(names, ["`ui.dist` to `output`"]);
    }
}
