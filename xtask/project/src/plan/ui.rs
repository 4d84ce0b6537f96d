//! How the UI is built.

use camino::Utf8PathBuf;
use serde::Serialize;

use sixfold_model::values::CommandLine;

use super::ui_install;
use crate::project::Project;

/// The commands that build the UI, and where they run.
#[derive(Clone, Debug, Serialize)]
pub struct Ui {
    /// The UI's folder, absolute.
    #[serde(skip)]
    pub dir: Utf8PathBuf,
    /// `None` if it is not configured and there is no lock file.
    pub install: Option<CommandLine>,
    /// `None` if the UI ships as it is.
    pub build: Option<CommandLine>,
    /// The folder that ships, absolute. The build fills it.
    #[serde(skip)]
    pub output: Utf8PathBuf,
    pub offline: bool,
}

impl Ui {
    /// `None` when the extension has no UI.
    pub fn new(project: &Project, offline: bool) -> Option<Self> {
        let ui = project.config.ui.as_ref()?;
        let dir = project.root.join(ui.dir.as_path());
        Some(Self {
            install: ui.install.clone().or_else(|| ui_install::command(&dir)),
            build: ui.build.clone(),
            output: dir.join(ui.output.as_path()),
            offline,
            dir,
        })
    }
}
