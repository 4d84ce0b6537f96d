//! The file that configures an extension, in its two forms: a table in the Cargo.toml of a workspace, or an extension.toml with
//! the same keys at its top level, for repositories without Rust.

use std::fmt;
use std::sync::OnceLock;

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
