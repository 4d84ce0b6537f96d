//! The file that configures an extension, in its two forms: a table in the Cargo.toml of a workspace, or an extension.toml with
//! the same keys at its top level, for repositories without Rust.

use std::fmt;
use std::sync::OnceLock;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::place::key_span;

/// A form of the configuration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ConfigFile {
    /// `[workspace.metadata.extension]` of a Cargo.toml.
    #[default]
    CargoToml,
    /// The whole extension.toml, with the fields that a package has in Cargo.toml.
    ExtensionToml,
}

/// The form that messages name.
static NAMED: OnceLock<ConfigFile> = OnceLock::new();

impl ConfigFile {
    /// The name of the file.
    pub fn name(self) -> &'static str {
        match self {
            Self::CargoToml => "Cargo.toml",
            Self::ExtensionToml => "extension.toml",
        }
    }

    /// The form of the file with this name.
    pub fn of(name: &str) -> Self {
        if name == Self::ExtensionToml.name() { Self::ExtensionToml } else { Self::CargoToml }
    }

    /// The key of the configuration at this path, from the top of the file.
    pub fn keys<'a>(self, path: &[&'a str]) -> Vec<&'a str> {
        self.below(&["workspace", "metadata", "extension"], path)
    }

    /// The key of a field of the package, from the top of the file.
    pub fn package_keys<'a>(self, path: &[&'a str]) -> Vec<&'a str> {
        self.below(&["workspace", "package"], path)
    }

    fn below<'a>(self, table: &[&'a str], path: &[&'a str]) -> Vec<&'a str> {
        match self {
            Self::CargoToml => [table, path].concat(),
            Self::ExtensionToml => path.to_vec(),
        }
    }

    /// The folder and the form of the nearest configuration: in `folder`, or in one above it.
    ///
    /// Fails if a folder has both forms.
    pub fn find(folder: &Utf8Path) -> Result<Option<(Utf8PathBuf, Self)>> {
        for folder in folder.ancestors() {
            if let Some(file) = Self::in_folder(folder)? {
                return Ok(Some((folder.to_owned(), file)));
            }
        }
        Ok(None)
    }

    /// The form of the configuration in this folder. A Cargo.toml counts if it mentions the table, correctly or not.
    ///
    /// Fails if the folder has both forms.
    pub fn in_folder(folder: &Utf8Path) -> Result<Option<Self>> {
        let [cargo, own] = [Self::CargoToml, Self::ExtensionToml].map(|file| folder.join(file.name()));
        let text = std::fs::read_to_string(&cargo).unwrap_or_default();
        let keys = Self::CargoToml.keys(&[]);
        let has_table = text.contains("workspace.metadata.extension") || key_span(&text, &keys).is_some();
        match (has_table, own.is_file()) {
            (true, true) => bail!(
                "both {cargo} and {own} configure an extension\n\
                 help: remove extension.toml, or [workspace.metadata.extension] from Cargo.toml"
            ),
            (true, false) => Ok(Some(Self::CargoToml)),
            (false, true) => Ok(Some(Self::ExtensionToml)),
            (false, false) => Ok(None),
        }
    }

    /// From now on, messages name this form. The first call counts: a program works on one project.
    pub fn name_in_messages(self) {
        let _ = NAMED.set(self);
    }
}

/// The file of this project's configuration, for messages.
pub const CONFIG: InUse = InUse;

/// The type of [`CONFIG`].
pub struct InUse;

impl InUse {
    fn form(&self) -> ConfigFile {
        NAMED.get().copied().unwrap_or_default()
    }

    /// The header of a table of the configuration, for messages: `[workspace.metadata.extension.ui]` or `[ui]`.
    pub fn table(&self, name: &str) -> String {
        format!("[{}]", self.form().keys(&[name]).join("."))
    }

    /// Where a field of the package is set, for messages.
    pub fn package(&self) -> &'static str {
        match self.form() {
            ConfigFile::CargoToml => "[workspace.package] of Cargo.toml",
            ConfigFile::ExtensionToml => "extension.toml",
        }
    }

    /// The table of the whole configuration, for messages.
    pub fn top(&self) -> &'static str {
        match self.form() {
            ConfigFile::CargoToml => "[workspace.metadata.extension]",
            ConfigFile::ExtensionToml => "extension.toml",
        }
    }
}

impl fmt::Display for InUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.form().name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_configuration_counts_and_two_in_one_folder_are_an_error() {
        let temporary = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temporary.path()).unwrap();
        let inner = root.join("a/b");
        fs_err::create_dir_all(&inner).unwrap();
        let found = || ConfigFile::find(&inner).unwrap().map(|(folder, file)| (folder, file.name()));
        assert_eq!(found(), None);
        fs_err::write(root.join("extension.toml"), "").unwrap();
        assert_eq!(found(), Some((root.to_owned(), "extension.toml")));
        fs_err::write(inner.join("Cargo.toml"), "[package]\nname = 'x'\n").unwrap();
        assert_eq!(found(), Some((root.to_owned(), "extension.toml")));
        fs_err::write(root.join("a/Cargo.toml"), "[workspace.metadata]\nextension.image = 'a/b'\n").unwrap();
        assert_eq!(found(), Some((root.join("a"), "Cargo.toml")));
        fs_err::write(root.join("a/extension.toml"), "").unwrap();
        let error = ConfigFile::find(&inner).unwrap_err().to_string();
        assert!(error.contains("a/Cargo.toml and ") && error.contains("a/extension.toml"), "{error}");
    }
}
