//! The signing part of the plan: which files are signed, and with which commands.

use std::time::Duration;

use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::HostOs;
use sixfold_model::sign::{Sign, SignCommand};

use super::flags::BuildFlags;
use super::matrix::PlannedCell;
use crate::prebuilt::Source;
use crate::project::Project;

/// The commands that sign on this machine. In JSON they are by host system.
#[derive(Clone, Debug)]
pub struct Signing {
    config: Sign,
    /// The root of the project, in which they run.
    pub root: Utf8PathBuf,
    /// The number of files for each host system that has some.
    pub systems: Vec<(HostOs, usize)>,
}

impl Signing {
    /// `None` when nothing is signed on this machine.
    pub(super) fn new(project: &Project, cells: &[PlannedCell]) -> Option<Self> {
        let count = |os| cells.iter().filter(|cell| cell.is_signed_here() && cell.os == os).count();
        let systems = HostOs::ALL.map(|os| (os, count(os))).into_iter().filter(|(_, count)| *count > 0);
        let systems: Vec<_> = systems.collect();
        let config = project.config.sign.clone();
        (!systems.is_empty()).then(|| Self { config, root: project.root.clone(), systems })
    }

    /// The commands, with their host systems.
    pub fn commands(&self) -> impl Iterator<Item = (HostOs, &SignCommand)> {
        self.systems.iter().filter_map(|(os, _)| Some((*os, self.config.command(*os)?)))
    }

    /// How long a command may take for one file.
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

impl Serialize for Signing {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.commands())
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
