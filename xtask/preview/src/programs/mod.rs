//! The host binaries: which names a page may call, and the file that each stands for.
//!
//! Invariant: exactly the base names that metadata.json lists for this system can be run, and no path, no search of PATH
//! and no other name ever leads to a file.

mod build;
mod folder;
pub mod prebuilt;
mod sources;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use camino::Utf8Path;
use sixfold_model::matrix::HostOs;

pub use build::Build;
pub use folder::{Folder, simplified};

/// Those of the workspace are compiled; those of others are in the folder from the beginning.
pub struct Programs {
    names: Names,
    folder: Folder,
    /// `None` when all are there already.
    build: Option<Build>,
}

impl Programs {
    /// `names` are the base names in metadata.json for `os`; they must be in `folder`, or come there by `build`.
    pub fn new(names: BTreeSet<String>, os: HostOs, folder: Folder, build: Option<Build>) -> Self {
        Self { names: Names { names, os }, folder, build }
    }

    /// The base names that a page may call.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.names.iter().map(String::as_str)
    }

    /// Where the programs are, all in one folder, as desktops have them.
    pub fn folder(&self) -> &Utf8Path {
        self.folder.path()
    }

    /// What this preview keeps for itself.
    pub fn own_folder(&self) -> &Utf8Path {
        self.folder.own()
    }

    /// The program of this name, compiled again if its sources have changed. Fails with the compiler's messages.
    pub async fn get(&self, name: &str) -> Result<camino::Utf8PathBuf> {
        let file = self.names.find(name)?;
        if let Some(build) = &self.build {
            build.refresh(&self.folder).await?;
        }
        let path = self.folder.path().join(file);
        match path.is_file() {
            true => Ok(path),
            false => bail!("there is no file {file} in {}", self.folder.path()),
        }
    }

    /// Compiles whatever is not compiled yet; a failure is told when a program is called.
    pub async fn prepare(&self) -> Result<()> {
        match &self.build {
            Some(build) => build.refresh(&self.folder).await,
            None => Ok(()),
        }
    }
}

struct Names {
    names: BTreeSet<String>,
    os: HostOs,
}

impl Names {
    /// The listed name that `name` means: itself, or, on Windows, with `.exe` behind it.
    fn find(&self, name: &str) -> Result<&str> {
        let with_suffix = format!("{name}{}", self.os.exe_suffix());
        match self.names.get(name).or_else(|| self.names.get(&with_suffix)) {
            Some(name) => Ok(name),
            None if self.names.is_empty() => bail!("metadata.json lists no host binary for {}", self.os),
            None => bail!(
                "metadata.json lists no host binary of this name for {}; it lists {}",
                self.os,
                self.names.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(os: HostOs, names: &[&str]) -> Names {
        Names { names: names.iter().map(|name| (*name).to_owned()).collect(), os }
    }

    #[test]
    fn a_name_means_exactly_what_is_listed() {
        let linux = names(HostOs::Linux, &["tool", "run.sh"]);
        assert_eq!(linux.find("tool").unwrap(), "tool");
        for name in [
            "",
            "too",
            "Tool",
            "tool.exe",
            "./tool",
            "../tool",
            "/bin/sh",
            "sh",
            "run",
            "tool ",
            "tool\0",
            "a/../tool",
        ] {
            assert!(linux.find(name).unwrap_err().to_string().contains("run.sh, tool"), "{name:?}");
        }
    }

    #[test]
    fn on_windows_the_suffix_may_be_left_out() {
        let windows = names(HostOs::Windows, &["tool.exe", "run.cmd"]);
        assert_eq!(windows.find("tool").unwrap(), "tool.exe");
        assert_eq!(windows.find("tool.exe").unwrap(), "tool.exe");
        assert!(windows.find("run").is_err() && windows.find("..\\tool").is_err());
    }
}
