//! How the UI is built.

use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_model::values::CommandLine;

use crate::project::Project;

/// The commands that build the UI, and where they run.
#[derive(Clone, Debug, Serialize)]
pub struct Ui {
    /// The UI's folder, absolute.
    #[serde(skip)]
    pub dir: Utf8PathBuf,
    #[serde(serialize_with = "optional_text")]
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
        // Exactly what the lock file says. No scripts of packages run while installing, and npm spends no time on a report
        // that is not shown.
        let npm = || CommandLine::try_from("npm ci --ignore-scripts --no-audit".to_owned()).ok();
        let has_lock = dir.join("package-lock.json").is_file();
        Some(Self {
            install: ui.install.clone().or_else(|| npm().filter(|_| has_lock)),
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
