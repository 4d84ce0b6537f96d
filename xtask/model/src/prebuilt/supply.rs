//! What the hosts of each cell get of a prebuilt binary.

use std::collections::BTreeMap;

use super::address::{Address, InnerPath};
use super::beside::{Beside, Source};
use super::by_cell::{ByCell, CellName};
use super::sha256::Sha256;
use super::template::{Placeholder, Template, Word};
use super::wanted::Wanted;
use crate::digest::Digest;
use crate::matrix::{Arch, Cell, HostOs, Platform, Target};
use crate::values::{BinaryName, Hosts};

/// A prebuilt binary: `[workspace.metadata.extension.binaries.NAME]` with a `url`.
#[derive(Clone, Debug)]
pub struct Prebuilt {
    /// The host systems that it is for.
    pub hosts: Hosts,
    /// Replaces `{version}`.
    pub version: Option<Word>,
    /// Where the publisher has it.
    pub url: ByCell<Address>,
    /// The digests of the downloads.
    pub sha256: BTreeMap<CellName, Sha256>,
    /// The path of the binary in its archive.
    pub member: ByCell<InnerPath>,
    pub(crate) spelling: Spelling,
    /// The publisher's list of digests, with which `prebuilt update` compares.
    pub checksums: ByCell<Address>,
    /// The cells for which there is no binary.
    pub skip: Vec<CellName>,
    /// The arm64 cells that get the amd64 binary, which their hosts emulate.
    pub emulate: Vec<CellName>,
    /// The files that are copied next to it.
    pub files: Vec<Beside>,
}

/// What the hosts of a cell get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// Nothing: the configuration says that there is no binary for the cell.
    Skipped,
    /// The configuration has no address for the cell, which is an error.
    Missing,
    /// A download or a file of the workspace.
    Given(Given),
}

/// A download, or a file of the workspace, with the placeholders replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// The target of the binary: that of the cell, or the amd64 target that is emulated.
    pub target: Target,
    /// A URL, or a path relative to the root of the workspace.
    pub address: String,
    /// The digest of the download, if it is known yet.
    pub sha256: Option<Digest>,
    /// The path of the binary in the archive. `None`: the download is the binary itself.
    pub member: Option<String>,
    /// The files that are copied next to it.
    pub files: Vec<GivenFile>,
}

/// A file that is copied next to the binary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFile {
    /// Its name on the host.
    pub name: String,
    /// Its path in the archive, or relative to the root of the workspace.
    pub path: String,
    /// It comes from the archive.
    pub is_member: bool,
}

impl Given {
    /// The files to take from the download: the binary, and the files next to it that come from the archive.
    pub fn wanted(&self, name: &BinaryName) -> Vec<Wanted> {
        let program = Cell::of(name.as_str(), self.target.os, Platform(self.target.arch)).file_name();
        let beside = self.files.iter().filter(|file| file.is_member);
        let beside = beside.map(|file| Wanted { member: Some(file.path.clone()), name: file.name.clone() });
        [Wanted { member: self.member.clone(), name: program }].into_iter().chain(beside).collect()
    }
}

impl Prebuilt {
    /// What the hosts of a cell get.
    pub fn supply(&self, cell: Target) -> Supply {
        let name = CellName(cell);
        if self.skip.contains(&name) {
            return Supply::Skipped;
        }
        let is_emulated = self.emulate.contains(&name);
        let target = if is_emulated { Target { arch: Arch::Amd64, ..cell } } else { cell };
        let Some(address) = self.url.get(target) else { return Supply::Missing };
        let files = self.files.iter().filter(|file| file.is_for(cell.os));
        Supply::Given(Given {
            target,
            address: self.fill(address.template(), target),
            sha256: self.sha256.get(&CellName(target)).map(|digest| digest.0.clone()),
            member: self.member.get(target).map(|path| self.fill(path.template(), target)),
            files: files.map(|file| self.file(file, target)).collect(),
        })
    }

    /// The address of the publisher's list of digests for a target.
    pub fn checksums(&self, target: Target) -> Option<String> {
        self.checksums.get(target).map(|address| self.fill(address.template(), target))
    }

    /// The same binary in another version.
    pub fn with_version(&self, version: Word) -> Self {
        Self { version: Some(version), ..self.clone() }
    }

    fn file(&self, file: &Beside, target: Target) -> GivenFile {
        let path = self.fill(file.template(), target);
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        GivenFile { name, path, is_member: matches!(file.source, Source::Member(_)) }
    }

    fn fill(&self, template: &Template, target: Target) -> String {
        self.spelling.fill(template, self.version.as_ref(), target)
    }
}

/// How the configuration spells systems and architectures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Spelling {
    pub(crate) os: ByCell<Word>,
    pub(crate) arch: ByCell<Word>,
    pub(crate) ext: ByCell<Word>,
}

impl Spelling {
    /// The template with every placeholder replaced.
    pub(crate) fn fill(&self, template: &Template, version: Option<&Word>, target: Target) -> String {
        let spelling =
            |table: &ByCell<Word>, default: &str| table.get(target).map_or(default, Word::as_str).to_owned();
        template.fill(|placeholder| match placeholder {
            Placeholder::Version => version.map_or("", Word::as_str).to_owned(),
            Placeholder::Os => spelling(&self.os, target.os.as_str()),
            Placeholder::Arch => spelling(&self.arch, target.arch.as_str()),
            Placeholder::Exe => target.os.exe_suffix().to_owned(),
            Placeholder::Ext => spelling(&self.ext, usual_ext(target.os)),
        })
    }
}

/// The kind of archive that most publishers use for a host system.
fn usual_ext(os: HostOs) -> &'static str {
    match os {
        HostOs::Windows => "zip",
        HostOs::Darwin | HostOs::Linux => "tar.gz",
    }
}
