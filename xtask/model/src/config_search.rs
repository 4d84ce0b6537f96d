//! Finds the file that configures an extension.

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::config_file::ConfigFile;
use crate::place::key_span;

impl ConfigFile {
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
