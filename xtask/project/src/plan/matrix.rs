//! The matrix: which file each host gets, where it comes from, and what its content has to be.

use serde::Serialize;

use sixfold_judge::{Signature, Verdict};
use sixfold_model::binary::BinaryConfig;
use sixfold_model::matrix::{Arch, Cell, ImagePath, Platform, RunsOn, Target};

use crate::machines::Taken;
use crate::prebuilt::{self, Skipped, Source};
use crate::project::Project;
use crate::toolchain::linker_choice::{Linked, Linker};

/// All cells, and the hosts that deliberately get none.
#[derive(Debug)]
pub struct Matrix {
    pub cells: Vec<PlannedCell>,
    pub skipped: Vec<Skipped>,
    /// False if labels that only Docker's marketplace requires may be missing.
    pub marketplace: bool,
}

/// A cell as `plan --format json` shows it.
///
/// `target` is that of the hosts. What cargo does not build has `linker` native: something else linked it.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedCell {
    pub binary: String,
    /// The name of a file that is shipped beside the binary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    pub os: RunsOn,
    pub arch: Arch,
    pub platform: Platform,
    pub target: Target,
    pub linker: Linker,
    pub path: ImagePath,
    pub source: Source,
    /// Present if another machine has built it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Taken>,
    /// True if it has to be signed, here or by the machine that has built it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sign: bool,
    /// The common name of the certificate that has to have signed it. `None`: any.
    #[serde(skip)]
    pub identity: Option<String>,
    /// True if it has to list its crates.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub auditable: bool,
    /// True where the configuration asks for an emulated binary.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub emulated: bool,
}

impl PlannedCell {
    /// True if a file with this verdict may be in the cell. `is_data`: it is neither machine code nor a script.
    pub fn allows(&self, verdict: Verdict, is_data: bool) -> bool {
        match verdict {
            // Data that the configuration ships as such may have any name.
            _ if is_data && matches!(self.source, Source::File(_)) => true,
            Verdict::Native => true,
            Verdict::Emulated => self.emulated,
            // Scripts and data are allowed only beside a binary, not in its place.
            Verdict::Script => self.file.is_some(),
            _ => false,
        }
    }

    /// True if cargo or a command of the author builds it.
    pub(crate) const fn is_from_source(&self) -> bool {
        matches!(self.source, Source::Cargo | Source::Command(_))
    }

    /// True if it is signed on this machine.
    pub const fn is_signed_here(&self) -> bool {
        self.sign && self.from.is_none()
    }

    /// True if a signature is the one that it has to have.
    pub fn is_signed_by(&self, signature: Option<&Signature>) -> bool {
        let is_right = |name: &String| self.identity.as_ref().is_none_or(|identity| identity == name);
        matches!(signature, Some(Signature::Identity(identity)) if is_right(&identity.name))
    }

    /// True if cargo builds it on this machine.
    pub(super) const fn is_compiled(&self) -> bool {
        self.source.is_cargo() && self.from.is_none()
    }

    pub fn cell(&self) -> Cell {
        Cell {
            binary: self.binary.clone(),
            file: self.file.clone(),
            os: self.os,
            platform: self.platform,
            at: Some(self.path.clone()),
        }
    }
}

impl Matrix {
    /// `targets` are those that are compiled for.
    pub(super) fn new(project: &Project, platforms: &[Platform], cells: &[Cell], targets: &[Linked]) -> Self {
        Self {
            cells: cells.iter().filter_map(|cell| plan(project, cell, targets)).collect(),
            skipped: prebuilt::skipped(project, platforms),
            marketplace: project.config.marketplace,
        }
    }
}

/// Where a cell's file comes from, if cargo does not build it.
fn other_source(project: &Project, cell: &Cell) -> Option<Source> {
    if let Some(file) = project.shipped.iter().find(|file| file.cell == *cell) {
        return Some(Source::File(file.from.clone()));
    }
    if let Some(built) = project.config.binary(cell).and_then(BinaryConfig::built) {
        return Some(Source::Command(project.root.join(built.file(cell.target()))));
    }
    prebuilt::source(project, cell).map(Source::Prebuilt)
}

fn plan(project: &Project, cell: &Cell, targets: &[Linked]) -> Option<PlannedCell> {
    let (linker, source) = match other_source(project, cell) {
        Some(source) => (Linker::Native, source),
        None => {
            let linked = targets.iter().find(|linked| linked.target == cell.target())?;
            (linked.linker, Source::Cargo)
        }
    };
    Some(PlannedCell {
        binary: cell.binary.clone(),
        file: cell.file.clone(),
        os: cell.os,
        arch: cell.platform.arch(),
        platform: cell.platform,
        target: cell.target(),
        linker,
        path: cell.path(),
        auditable: project.config.auditable && source.is_cargo(),
        emulated: source.is_emulated(),
        source,
        from: None,
        sign: false,
        identity: None,
    })
}

#[cfg(test)]
mod tests {
    use sixfold_model::matrix::HostOs;

    use super::*;
    use crate::prebuilt::{Place, Prebuilt};

    #[test]
    fn data_may_be_beside_a_binary_or_a_file_of_the_project_but_no_binary() {
        let platform = Platform::ALL[0];
        let planned = |file: Option<&str>, source: Source| PlannedCell {
            binary: "tool".into(),
            file: file.map(str::to_owned),
            os: HostOs::Linux.into(),
            arch: platform.arch(),
            platform,
            target: Target { os: HostOs::Linux, arch: platform.arch() },
            linker: Linker::Native,
            path: ImagePath::new("/linux/tool").unwrap(),
            source,
            from: None,
            sign: false,
            identity: None,
            auditable: false,
            emulated: false,
        };
        let prebuilt = || {
            let place = Place::Download(Target { os: HostOs::Linux, arch: platform.arch() });
            Source::Prebuilt(Prebuilt { place, is_emulated: false })
        };
        assert!(!planned(None, prebuilt()).allows(Verdict::Script, true));
        assert!(planned(Some("tool.conf"), prebuilt()).allows(Verdict::Script, true));
        assert!(!planned(Some("NOTICE"), prebuilt()).allows(Verdict::WrongFormat, true));
        assert!(planned(Some("NOTICE"), Source::File("NOTICE".into())).allows(Verdict::WrongFormat, true));
    }
}
