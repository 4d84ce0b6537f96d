//! The host binaries: which names a page may call, and which file each name stands for.
//!
//! Invariant: only the base names that metadata.json lists for this system can be run. Paths, other names and programs on
//! PATH cannot.

mod build;
mod cargo;
mod folder;
mod local;
pub(crate) mod prebuilt;
mod sources;

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;

use crate::backend::{Backend, Surroundings, service};
pub use build::Build;
pub(crate) use cargo::NotBuilt;
pub use folder::BinaryFolder;
pub(crate) use folder::without_verbatim_prefix;
pub(crate) use local::{BuildAll, LocalFiles};

/// The host binaries that a page may run.
pub struct HostBinaries {
    names: Names,
    /// Holds the third-party binaries and local files from the start, the others as soon as they are compiled.
    folder: BinaryFolder,
    local: Option<LocalFiles>,
    /// `None` if no binary is built from source.
    build: Option<Build>,
    /// `None` if cargo builds no backend.
    backend: Option<(Backend, Build)>,
}

impl HostBinaries {
    /// `names` are the base names that metadata.json lists for `os`. Each must be in `folder`, or be built by `build`.
    pub fn new(names: BTreeSet<String>, os: HostOs, folder: BinaryFolder, build: Option<Build>) -> Self {
        Self { names: Names { names, os }, folder, local: None, build, backend: None }
    }

    /// With a backend, which pages can call, but not run.
    pub(crate) fn with_backend(self, backend: Option<(Backend, Build)>) -> Self {
        Self { backend, ..self }
    }

    /// Calls the backend. Compiles it first if its sources have changed, and starts it if it does not run.
    ///
    /// Fails with the compiler's errors, and if there is no backend that the preview can run.
    pub(crate) async fn call_service(
        &self,
        surroundings: &Surroundings<'_>,
        request: service::Request,
    ) -> Result<Value> {
        let Some((backend, build)) = &self.backend else {
            bail!(
                "the preview runs only a backend that cargo builds ({} with `bin`)\n\
                 help: install the extension in Docker Desktop to try it",
                CONFIG.table("backend")
            );
        };
        if let Some(hosts) = &self.build {
            hosts.ended().await;
        }
        build.refresh(&backend.name, &self.folder).await?;
        backend.call(surroundings, &self.folder.path().join(&backend.name), request).await
    }

    /// Ends the backend.
    pub(crate) async fn end_backend(&self) {
        if let Some((backend, _)) = &self.backend {
            backend.end().await;
        }
    }

    /// Adds files that cargo does not compile.
    pub(crate) fn with_local(self, local: LocalFiles) -> Result<Self> {
        local.install(&self.folder)?;
        Ok(Self { local: Some(local), ..self })
    }

    /// The folder with all host binaries. Desktops have them in one folder, too.
    pub fn folder(&self) -> &Utf8Path {
        self.folder.path()
    }

    /// The folder that belongs to this preview.
    pub(crate) fn preview_folder(&self) -> &Utf8Path {
        self.folder.preview_folder()
    }

    /// The file of a host binary. Builds it first if its sources have changed, and fails with the compiler's errors.
    pub(crate) async fn get(&self, name: &str) -> Result<Utf8PathBuf> {
        let file = self.names.find(name)?;
        if let Some(build) = self.build.as_ref().filter(|build| build.builds(file)) {
            build.refresh(file, &self.folder).await?;
        }
        if let Some(local) = &self.local {
            local.refresh(file, &self.folder).await?;
        }
        let path = self.folder.path().join(file);
        if !path.is_file() {
            bail!("cannot find {path}");
        }
        Ok(path)
    }

    /// Compiles all host binaries that are built from source. Returns the names of those that cannot be built.
    pub(crate) async fn prepare(&self) -> Result<Vec<String>> {
        match &self.build {
            Some(build) => build.refresh_all(&self.folder).await,
            None => Ok(Vec::new()),
        }
    }
}

struct Names {
    names: BTreeSet<String>,
    os: HostOs,
}

impl Names {
    /// The listed name that `name` stands for: the same one or, on Windows, the one with `.exe` added.
    fn find(&self, name: &str) -> Result<&str> {
        let with_suffix = format!("{name}{}", self.os.exe_suffix());
        match self.names.get(name).or_else(|| self.names.get(&with_suffix)) {
            Some(name) => Ok(name),
            None if self.names.is_empty() => bail!("metadata.json lists no host binaries for {}", self.os),
            None => bail!(
                "metadata.json does not list this host binary for {}\nhelp: use one of {}",
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
    fn only_listed_names_are_found() {
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
    fn on_windows_the_suffix_is_optional() {
        let windows = names(HostOs::Windows, &["tool.exe", "run.cmd"]);
        assert_eq!(windows.find("tool").unwrap(), "tool.exe");
        assert_eq!(windows.find("tool.exe").unwrap(), "tool.exe");
        assert!(windows.find("run").is_err() && windows.find("..\\tool").is_err());
    }
}
