//! metadata.json: what Docker Desktop reads first. Only what the build needs is read here; `check` judges the rest.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use serde::Deserialize;

use crate::matrix::{Cell, HostOs, ImagePath};

#[derive(Debug, Default, Deserialize)]
pub struct Metadata {
    pub icon: Option<String>,
    pub ui: Option<Ui>,
    pub vm: Option<Vm>,
    pub host: Option<Host>,
}

#[derive(Debug, Deserialize)]
pub struct Ui {
    #[serde(rename = "dashboard-tab")]
    pub dashboard_tab: Option<DashboardTab>,
}

#[derive(Debug, Deserialize)]
pub struct DashboardTab {
    /// The folder of the page in the image.
    pub root: Option<String>,
    /// The page inside `root`.
    pub src: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Vm {
    pub composefile: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Host {
    #[serde(default)]
    pub binaries: Vec<Binaries>,
}

/// One object of `host.binaries`. Docker Desktop takes every key as optional; Podman Desktop does not.
#[derive(Debug, Deserialize)]
pub struct Binaries {
    #[serde(default)]
    pub darwin: Vec<File>,
    #[serde(default)]
    pub windows: Vec<File>,
    #[serde(default)]
    pub linux: Vec<File>,
}

#[derive(Debug, Deserialize)]
pub struct File {
    pub path: String,
}

impl Metadata {
    /// Reads the file at the root of the project. Fails when it is missing or is not of the documented shape; the
    /// error has line and column.
    pub fn read(file: &Utf8Path) -> Result<Self> {
        let text =
            fs_err::read_to_string(file).context("every extension needs a metadata.json at its root")?;
        serde_json::from_str(&text)
            .with_context(|| format!("{file} is not of the form that Docker documents"))
    }

    /// Every path that is listed for a host system.
    pub fn binaries(&self) -> Result<BTreeSet<(HostOs, ImagePath)>> {
        let objects = self.host.iter().flat_map(|host| &host.binaries);
        let listed = objects.flat_map(|object| {
            let lists = [
                (HostOs::Darwin, &object.darwin),
                (HostOs::Windows, &object.windows),
                (HostOs::Linux, &object.linux),
            ];
            lists.into_iter().flat_map(|(os, files)| files.iter().map(move |file| (os, file)))
        });
        listed
            .map(|(os, file)| Ok((os, ImagePath::new(&file.path).map_err(anyhow::Error::msg)?)))
            .collect::<Result<_>>()
            .context("metadata.json lists a host binary that cannot be in an image")
    }

    /// Fails unless the file lists exactly what the build makes, showing both sides of every difference.
    pub fn agrees_with(&self, cells: &[Cell]) -> Result<()> {
        let listed = self.binaries()?;
        let built: BTreeSet<_> = cells.iter().map(|cell| (cell.os, cell.path())).collect();
        let side = |sign: char, what: &str, paths: Vec<&(HostOs, ImagePath)>| -> String {
            paths.into_iter().map(|(os, path)| format!("\n  {sign} {path}  ({os}) {what}")).collect()
        };
        let missing = side('-', "is listed, and not built", listed.difference(&built).collect());
        let extra = side('+', "is built, and not listed", built.difference(&listed).collect());
        if missing.is_empty() && extra.is_empty() {
            return Ok(());
        }
        bail!(
            "metadata.json and the build differ:{missing}{extra}\n\
             mend host.binaries in metadata.json, or [workspace.metadata.extension.binaries] in Cargo.toml"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Platform;

    fn metadata(darwin: &str) -> Metadata {
        serde_json::from_str(&format!(
            r#"{{"host": {{"binaries": [{{"darwin": [{{"path": "{darwin}"}}]}}]}}}}"#
        ))
        .unwrap()
    }

    fn cells() -> Vec<Cell> {
        Platform::ALL.map(|platform| Cell::of("tool", HostOs::Darwin, platform)).to_vec()
    }

    #[test]
    fn equal_sides_agree_however_the_path_is_written() {
        metadata("/darwin/tool").agrees_with(&cells()).unwrap();
        metadata("darwin/tool").agrees_with(&cells()).unwrap();
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let error = metadata("/darwin/tol").agrees_with(&cells()).unwrap_err().to_string();
        assert!(error.contains("- /darwin/tol  (darwin) is listed, and not built"), "{error}");
        assert!(error.contains("+ /darwin/tool  (darwin) is built, and not listed"), "{error}");
    }
}
