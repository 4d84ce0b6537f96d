//! The stage part of the plan: the files of the image other than the matrix.

use anyhow::{Error, Result, anyhow};
use camino::Utf8PathBuf;

use sixfold_model::matrix::{Cell, ImagePath, Platform};
use sixfold_model::metadata::Metadata;
use sixfold_model::windows;

use super::crates::Crates;
use super::matrix::PlannedCell;
use super::signing::Signing;
use super::ui::Ui;
use crate::machine::Machine;
use crate::project::Project;

#[derive(Debug)]
pub struct Stage {
    /// The root of the project, whose path must not be in a file that ships.
    pub project: Utf8PathBuf,
    /// metadata.json as it was when the plan was made.
    pub metadata: String,
    /// The same for each platform, without the binaries that its hosts do not get.
    pub platform_metadata: Vec<(Platform, String)>,
    /// The files that metadata.json names.
    pub files: Vec<StagedFile>,
    /// Present when there is a UI.
    pub ui: Option<StagedUi>,
    /// The time of every file, in seconds since 1970.
    pub file_time: u64,
    /// The commands that sign. `None` when nothing is signed on this machine.
    pub signing: Option<Signing>,
    pub crates: Crates,
    /// What the author adds to our lists of what Windows has.
    pub windows: windows::Extra,
    /// The oldest macOS that the binaries are for.
    pub macos_deployment_target: String,
}

/// A file of the project that metadata.json names, and that goes to the root of the image.
#[derive(Clone, Debug)]
pub struct StagedFile {
    /// The key in metadata.json.
    pub key: &'static str,
    pub from: Utf8PathBuf,
    pub to: ImagePath,
}

impl StagedFile {
    /// Advice for a file that cannot be read.
    pub fn help(&self) -> String {
        format!("help: add the file, or change \"{}\" in metadata.json", self.key)
    }
}

/// The built UI.
#[derive(Clone, Debug)]
pub struct StagedUi {
    /// The folder that the build fills, absolute.
    pub output: Utf8PathBuf,
    /// The page that metadata.json names, which the build has to make.
    pub src: Option<String>,
}

impl Stage {
    pub(super) fn new(
        project: &Project,
        platforms: &[Platform],
        (cells, planned): (&[Cell], &[PlannedCell]),
        ui: Option<&Ui>,
        crates: Crates,
        machine: &Machine,
    ) -> Result<Self> {
        let metadata = &project.metadata;
        let src = metadata.tab.as_ref().and_then(|tab| tab.src.clone());
        let for_platform = |platform: &Platform| (*platform, metadata.text_for(*platform, cells));
        Ok(Self {
            project: project.root.clone(),
            metadata: metadata.text.clone(),
            platform_metadata: platforms.iter().map(for_platform).collect(),
            files: files(project, metadata)?,
            ui: ui.map(|ui| StagedUi { output: ui.output.clone(), src }),
            file_time: machine.times.files,
            signing: Signing::new(project, planned),
            crates,
            windows: project.config.windows.clone(),
            macos_deployment_target: machine.settings.macos_deployment_target()?.to_owned(),
        })
    }
}

/// The icon and the compose file.
fn files(project: &Project, metadata: &Metadata) -> Result<Vec<StagedFile>> {
    let named = [("icon", metadata.icon.as_deref()), ("composefile", metadata.composefile.as_deref())];
    let file = |(key, name): (&'static str, Option<&str>)| {
        name.map(|name| {
            let to = ImagePath::new(name).map_err(|error| wrong_path(key, &error))?;
            Ok(StagedFile { key, from: project.root.join(to.relative()), to })
        })
    };
    named.into_iter().filter_map(file).collect()
}

fn wrong_path(key: &str, error: &str) -> Error {
    anyhow!("\"{key}\" in metadata.json: {error}\nhelp: name a file of the project, relative to its root")
}
