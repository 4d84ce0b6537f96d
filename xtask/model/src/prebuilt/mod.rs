//! A prebuilt program: somebody else's, which the configuration says where to find for each cell.
//!
//! Invariant: what one value rules out is refused by its type, with line and caret; what two values rule out together is
//! refused by [`rules`]. A digest may be missing here, because `prebuilt update` is what writes it; the plan refuses that.

pub mod address;
pub mod beside;
pub mod by_cell;
mod lacking;
mod rules;
pub mod secrets;
pub mod template;
pub mod wanted;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::binaries::BinaryConfig;
use super::values::{BinaryName, Hosts};
use crate::digest::Digest;
use crate::matrix::{Arch, Cell, HostOs, Platform, Target};
use crate::prebuilt::wanted::Wanted;
use address::{Address, InnerPath};
use beside::{Beside, Source};
use by_cell::{ByCell, CellName};
use template::{Placeholder, Template, Word};

pub use lacking::Lacking;

/// `[workspace.metadata.extension.binaries.NAME]` with a `url`.
#[derive(Clone, Debug)]
pub struct Prebuilt {
    pub hosts: Hosts,
    pub version: Option<Word>,
    pub url: ByCell<Address>,
    pub sha256: BTreeMap<CellName, Sha256>,
    /// The program's path in its archive.
    pub member: ByCell<InnerPath>,
    os: ByCell<Word>,
    arch: ByCell<Word>,
    ext: ByCell<Word>,
    /// The publisher's own list of digests, which `update` compares with.
    pub checksums: ByCell<Address>,
    pub skip: Vec<CellName>,
    pub emulate: Vec<CellName>,
    pub files: Vec<Beside>,
}

/// A SHA-256 digest as publishers write it: 64 hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256(pub Digest);

impl TryFrom<String> for Sha256 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let digits = text.strip_prefix("sha256:").unwrap_or(&text).to_ascii_lowercase();
        format!("sha256:{digits}").parse().map(Self).map_err(|_| {
            format!("`{}` is no SHA-256 digest: use its 64 hexadecimal digits", text.escape_debug())
        })
    }
}

/// What a cell is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Supply {
    /// The publisher has none, and the configuration says so.
    Skipped,
    /// The configuration names no address for the cell.
    Missing,
    Given(Given),
}

/// One download, with the placeholders of its cell filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Whose program it is: the cell's own, or the amd64 one that is emulated.
    pub target: Target,
    /// A URL or a path from the root of the workspace.
    pub address: String,
    pub sha256: Option<Digest>,
    pub member: Option<String>,
    pub files: Vec<GivenFile>,
}

/// A file beside the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenFile {
    /// What it is called on the host.
    pub name: String,
    /// The member of the archive, or the path from the root of the workspace.
    pub path: String,
    pub is_member: bool,
}

impl Given {
    /// The program, by its name on the host, and the members beside it.
    pub fn wanted(&self, name: &BinaryName) -> Vec<Wanted> {
        let program = Cell::of(name.as_str(), self.target.os, Platform(self.target.arch)).file_name();
        let beside = self.files.iter().filter(|file| file.is_member);
        let beside = beside.map(|file| Wanted { member: Some(file.path.clone()), name: file.name.clone() });
        [Wanted { member: self.member.clone(), name: program }].into_iter().chain(beside).collect()
    }
}

impl Prebuilt {
    /// What the hosts of a target get.
    pub fn supply(&self, cell: Target) -> Supply {
        let name = CellName(cell);
        if self.skip.contains(&name) {
            return Supply::Skipped;
        }
        let target = match self.emulate.contains(&name) {
            true => Target { arch: Arch::Amd64, ..cell },
            false => cell,
        };
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

    /// Where the publisher says what the digest of a target's download is, and the address of that download.
    pub fn checksums(&self, target: Target) -> Option<String> {
        self.checksums.get(target).map(|address| self.fill(address.template(), target))
    }

    /// The same program in another version.
    pub fn with_version(&self, version: Word) -> Self {
        Self { version: Some(version), ..self.clone() }
    }

    fn file(&self, file: &Beside, target: Target) -> GivenFile {
        let path = self.fill(file.template(), target);
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        GivenFile { name, path, is_member: matches!(file.source, Source::Member(_)) }
    }

    fn fill(&self, template: &Template, target: Target) -> String {
        let spelling =
            |table: &ByCell<Word>, default: &str| table.get(target).map_or(default, Word::as_str).to_owned();
        template.fill(|placeholder| match placeholder {
            Placeholder::Version => self.version.as_ref().map_or("", Word::as_str).to_owned(),
            Placeholder::Os => spelling(&self.os, target.os.as_str()),
            Placeholder::Arch => spelling(&self.arch, target.arch.as_str()),
            Placeholder::Exe => target.os.exe_suffix().to_owned(),
            Placeholder::Ext => spelling(&self.ext, usual_ext(target.os)),
        })
    }
}

/// What most publishers pack for each host system.
fn usual_ext(os: HostOs) -> &'static str {
    match os {
        HostOs::Windows => "zip",
        HostOs::Darwin | HostOs::Linux => "tar.gz",
    }
}

/// All keys that a table of `binaries` can have.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Table {
    hosts: Option<Hosts>,
    version: Option<Word>,
    url: Option<ByCell<Address>>,
    sha256: Option<BTreeMap<CellName, Sha256>>,
    member: Option<ByCell<InnerPath>>,
    os: Option<ByCell<Word>>,
    arch: Option<ByCell<Word>>,
    ext: Option<ByCell<Word>>,
    checksums: Option<ByCell<Address>>,
    skip: Option<Vec<CellName>>,
    emulate: Option<Vec<CellName>>,
    files: Option<Vec<Beside>>,
}

impl Table {
    /// Fails, in a sentence without place, where two keys contradict each other.
    pub fn describe(self, name: &BinaryName) -> Result<BinaryConfig, String> {
        let hosts = self.hosts.clone().unwrap_or_else(Hosts::all);
        let Some(url) = self.url else {
            return self.refuse_other_keys(name).map(|()| BinaryConfig::Own(hosts));
        };
        let prebuilt = Prebuilt {
            hosts,
            version: self.version,
            url,
            sha256: self.sha256.unwrap_or_default(),
            member: self.member.unwrap_or_default(),
            os: self.os.unwrap_or_default(),
            arch: self.arch.unwrap_or_default(),
            ext: self.ext.unwrap_or_default(),
            checksums: self.checksums.unwrap_or_default(),
            skip: self.skip.unwrap_or_default(),
            emulate: self.emulate.unwrap_or_default(),
            files: self.files.unwrap_or_default(),
        };
        rules::judge(&prebuilt, name).map(|()| BinaryConfig::Prebuilt(Box::new(prebuilt)))
    }

    fn refuse_other_keys(&self, name: &BinaryName) -> Result<(), String> {
        let keys = [
            ("version", self.version.is_some()),
            ("sha256", self.sha256.is_some()),
            ("member", self.member.is_some()),
            ("os", self.os.is_some()),
            ("arch", self.arch.is_some()),
            ("ext", self.ext.is_some()),
            ("checksums", self.checksums.is_some()),
            ("skip", self.skip.is_some()),
            ("emulate", self.emulate.is_some()),
            ("files", self.files.is_some()),
        ];
        match keys.iter().find(|(_, is_given)| *is_given) {
            Some((key, _)) => Err(format!(
                "`{key}` is for a prebuilt program: give `url`, or take `{key}` out if {name} is a bin of this workspace"
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
