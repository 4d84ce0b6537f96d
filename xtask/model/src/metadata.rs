//! metadata.json: what Docker Desktop reads first. Only what the build needs is read here; `check` judges the rest.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::ops::Range;

use anyhow::{Context as _, Result, anyhow, bail};
use camino::Utf8Path;
use serde::Deserialize;

use super::place::shown;
use crate::json;
use crate::matrix::{Cell, HostOs, ImagePath};
use crate::text;
use sixfold_base::program::TOOL;

#[derive(Debug, Default, Deserialize)]
pub struct Metadata {
    pub icon: Option<String>,
    pub ui: Option<Ui>,
    pub vm: Option<Vm>,
    pub host: Option<Host>,
    /// The file's own, for the places of what is wrong.
    #[serde(skip)]
    text: String,
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
    /// error has line, column and caret.
    pub fn read(file: &Utf8Path) -> Result<Self> {
        let text = read_text(file)?;
        let mistake = |error: serde_json::Error| {
            let at = text::offset(&text, error.line(), error.column());
            let message = error.to_string();
            let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message);
            anyhow!(shown(&text, &(at..at), message))
        };
        let read = serde_json::from_str(&text).map_err(mistake);
        let metadata: Self = read.with_context(|| {
            format!("{file} is not of the form that Docker documents: mend it at this place")
        })?;
        Ok(Self { text, ..metadata })
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
        listed.map(|(os, file)| Ok((os, self.image_path(os, &file.path)?))).collect()
    }

    fn image_path(&self, os: HostOs, path: &str) -> Result<ImagePath> {
        let mistake = |mistake: String| match self.span(os, |written| written == path) {
            Some(span) => anyhow!(shown(&self.text, &span, &mistake)),
            None => anyhow!(mistake),
        };
        ImagePath::new(path)
            .map_err(mistake)
            .context("metadata.json lists a host binary that cannot be in an image: mend its path")
    }

    /// Where the file has the first such path for a host system, in bytes.
    fn span(&self, os: HostOs, is: impl Fn(&str) -> bool) -> Option<Range<usize>> {
        let root = json::parse(&self.text).ok()?;
        let objects = root.get("host")?.get("binaries")?.as_array()?;
        let lists = objects.iter().filter_map(|object| object.get(os.as_str())?.as_array());
        let mut paths = lists.flatten().filter_map(|file| file.get("path"));
        paths.find(|path| path.as_str().is_some_and(&is)).map(|path| path.span.clone())
    }

    /// Fails unless the file lists exactly what the build makes, showing both sides of every difference.
    pub fn agrees_with(&self, cells: &[Cell]) -> Result<()> {
        let listed = self.binaries()?;
        let built: BTreeSet<_> = cells.iter().map(|cell| (cell.os, cell.path())).collect();
        let missing = listed.difference(&built).map(|(os, path)| {
            let line = self.line(*os, path);
            format!("\n  - {path}  ({os}) is listed{line}, and not built")
        });
        let extra = built
            .difference(&listed)
            .map(|(os, path)| format!("\n  + {path}  ({os}) is built, and not listed"));
        let differences: String = missing.chain(extra).collect();
        if differences.is_empty() {
            return Ok(());
        }
        bail!(
            "metadata.json and the build differ:{differences}\n\
             `{TOOL} check --fix` lists in metadata.json what is built; or mend \
             [workspace.metadata.extension.binaries] in Cargo.toml"
        )
    }

    /// ` in line 7`, where the file lists the path.
    fn line(&self, os: HostOs, path: &ImagePath) -> String {
        let span = self.span(os, |written| ImagePath::new(written).is_ok_and(|written| written == *path));
        span.map(|span| format!(" in line {}", text::line_column(&self.text, span.start).0))
            .unwrap_or_default()
    }
}

/// The file's text; fails with what mends it where there is none.
fn read_text(file: &Utf8Path) -> Result<String> {
    let bytes = match fs_err::read(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Err(error).context("every extension needs a metadata.json at its root");
        }
        read => read.context("metadata.json must be a file that can be read")?,
    };
    if bytes.starts_with("\u{feff}".as_bytes()) {
        bail!("{file} begins with a byte order mark, which JSON does not have: save it as UTF-8 without one");
    }
    String::from_utf8(bytes).map_err(|error| {
        let sound = error.utf8_error().valid_up_to();
        let (line, column) = text::line_column(&String::from_utf8_lossy(error.as_bytes()), sound);
        anyhow!("{file} is no UTF-8 in line {line}, column {column}: save it as UTF-8")
    })
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
