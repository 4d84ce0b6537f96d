//! What a prebuilt program's table still lacks to be built with: cells without address, and digests.

use super::by_cell::CellName;
use super::{Given, Prebuilt, Supply};
use crate::matrix::{Platform, Target};
use crate::values::BinaryName;
use sixfold_base::program::TOOL;

/// Cells that are neither provided nor excused.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    pub addresses: Vec<CellName>,
    /// With an address, and without a digest.
    pub digests: Vec<CellName>,
}

impl Prebuilt {
    /// What each cell of these platforms gets, but for those that are skipped or not provided.
    pub fn given(&self, platforms: &[Platform]) -> impl Iterator<Item = Given> {
        self.targets(platforms).filter_map(|target| match self.supply(target) {
            Supply::Given(given) => Some(given),
            Supply::Skipped | Supply::Missing => None,
        })
    }

    pub fn lacking(&self, platforms: &[Platform]) -> Lacking {
        let mut lacking = Lacking::default();
        for target in self.targets(platforms) {
            match self.supply(target) {
                Supply::Missing => lacking.addresses.push(CellName(target)),
                Supply::Given(given) if given.sha256.is_none() => {
                    let cell = CellName(given.target);
                    if !lacking.digests.contains(&cell) {
                        lacking.digests.push(cell);
                    }
                }
                Supply::Given(_) | Supply::Skipped => {}
            }
        }
        lacking
    }

    /// The hosts of these platforms that the program is for.
    pub fn targets(&self, platforms: &[Platform]) -> impl Iterator<Item = Target> {
        let of = |os| platforms.iter().map(move |platform| Target { os, arch: platform.arch() });
        self.hosts.as_slice().iter().copied().flat_map(of)
    }
}

impl Lacking {
    /// Completes the program's name to a sentence, with what mends it; `None` when nothing lacks.
    pub fn complaint(&self, name: &BinaryName) -> Option<String> {
        self.without_address(name).or_else(|| self.without_digest(name))
    }

    fn without_address(&self, name: &BinaryName) -> Option<String> {
        let cells = list(&self.addresses)?;
        Some(format!(
            "is neither provided nor excused for {cells}: in [workspace.metadata.extension.binaries.{name}], say \
             where the publisher has it with `url`, or ship the amd64 program to arm64 hosts knowingly with `emulate`, \
             or let these hosts do without it with `skip`"
        ))
    }

    fn without_digest(&self, name: &BinaryName) -> Option<String> {
        let cells = list(&self.digests)?;
        Some(format!(
            "has no sha256 for {cells}: run `{TOOL} prebuilt update {name}`, which fetches it and writes the \
             digest; where the publisher has none, use `emulate` or `skip`"
        ))
    }
}

fn list(cells: &[CellName]) -> Option<String> {
    let names: Vec<_> = cells.iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
