//! The signing part of the plan: which files are signed, and with which commands.

use std::time::Duration;

use camino::Utf8PathBuf;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::{Sign, SignCommand};

use super::flags::BuildFlags;
use super::matrix::PlannedCell;
use crate::prebuilt::Source;
use crate::project::Project;

/// The key of the command for the image.
const IMAGE: &str = "image";

/// The commands that sign on this machine: the binaries, or the image.
#[derive(Clone, Debug)]
pub struct Signing {
    config: Sign,
    /// The root of the project, in which they run.
    pub root: Utf8PathBuf,
    /// The number of files for each host system that has some.
    pub systems: Vec<(HostOs, usize)>,
    /// True for the part that signs the pushed image, and no files.
    is_of_image: bool,
}

impl Signing {
    /// `None` when nothing is signed on this machine.
    pub(super) fn new(project: &Project, cells: &[PlannedCell]) -> Option<Self> {
        let count = |os| cells.iter().filter(|cell| cell.is_signed_here() && cell.os == os).count();
        let systems = HostOs::ALL.map(|os| (os, count(os))).into_iter().filter(|(_, count)| *count > 0);
        let systems: Vec<_> = systems.collect();
        (!systems.is_empty()).then(|| Self::of(project, systems, false))
    }

    /// The command for the image. `None` if it is not signed.
    pub(super) fn of_image(project: &Project) -> Option<Self> {
        project.config.sign.image.as_ref().map(|_| Self::of(project, vec![], true))
    }

    fn of(project: &Project, systems: Vec<(HostOs, usize)>, is_of_image: bool) -> Self {
        Self { config: project.config.sign.clone(), root: project.root.clone(), systems, is_of_image }
    }

    /// The commands, with their host systems.
    pub fn commands(&self) -> impl Iterator<Item = (HostOs, &SignCommand)> {
        self.systems.iter().filter_map(|(os, _)| Some((*os, self.config.command(*os)?)))
    }

    /// The command for the image, if this is the part that signs it.
    pub fn image(&self) -> Option<&SignCommand> {
        self.config.image.as_ref().filter(|_| self.is_of_image).map(|command| &command.0)
    }

    /// All commands, with their keys in the table.
    pub fn keys(&self) -> impl Iterator<Item = (&'static str, &SignCommand)> {
        let files = self.commands().map(|(os, command)| (os.as_str(), command));
        files.chain(self.image().map(|command| (IMAGE, command)))
    }

    /// How long a command may take for one file, or for the image.
    pub fn timeout(&self) -> Duration {
        self.config.timeout()
    }

    /// The table that configures them, for messages.
    pub fn table(&self) -> String {
        CONFIG.table("sign")
    }

    /// What `dist` does, one line for each host system.
    pub(super) fn steps(&self) -> impl Iterator<Item = String> {
        self.systems.iter().filter_map(|(os, count)| {
            Some(format!("sign the binaries for {os} ({count}): {}", self.config.command(*os)?))
        })
    }
}

/// Marks the cells that have to be signed: the binaries that are built from source, and the third-party ones that are named.
pub(super) fn mark(cells: &mut [PlannedCell], project: &Project, flags: &BuildFlags) {
    let sign = &project.config.sign;
    let is_named = |name: &str| sign.third_party.iter().any(|other| other.as_str() == name);
    for cell in cells.iter_mut().filter(|cell| cell.file.is_none() && !flags.unsigned) {
        let is_asked = match cell.source {
            Source::Cargo | Source::Command(_) => true,
            Source::Prebuilt(_) => is_named(&cell.binary),
            Source::File(_) => false,
        };
        let has_command = cell.os.host().is_some_and(|os| sign.command(os).is_some());
        cell.sign = is_asked && has_command;
        cell.identity =
            cell.os.host().filter(|_| cell.sign).and_then(|os| sign.identity(os)).map(str::to_owned);
    }
}
