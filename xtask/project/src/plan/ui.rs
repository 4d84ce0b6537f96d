//! How the UI is built.

use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_model::values::CommandLine;

use super::ui_install;
use crate::project::Project;

/// The commands that build the UI, and where they run.
#[derive(Clone, Debug, Serialize)]
pub struct Ui {
    /// The UI's folder, absolute.
    #[serde(skip)]
    pub dir: Utf8PathBuf,
    #[serde(serialize_with = "optional_text")]
    /// `None` if it is not configured and there is no lock file.
    pub install: Option<CommandLine>,
    #[serde(serialize_with = "text")]
    pub build: CommandLine,
    /// The folder that the build fills, absolute.
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

fn text<S: Serializer>(line: &CommandLine, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(line)
}

fn optional_text<S: Serializer>(line: &Option<CommandLine>, serializer: S) -> Result<S::Ok, S::Error> {
    line.as_ref().map(ToString::to_string).serialize(serializer)
}
