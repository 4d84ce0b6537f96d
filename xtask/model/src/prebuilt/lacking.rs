//! What is missing in the configuration of a prebuilt binary before it can be built: addresses and digests.

use std::fmt;

use super::by_cell::CellName;
use super::supply::{Given, Prebuilt, Supply};
use crate::config_file::CONFIG;
use crate::matrix::{Platform, Target};
use crate::values::BinaryName;
use sixfold_base::program::TOOL;

/// The cells for which something is missing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Lacking {
    /// Cells without an address that are not in `skip` or `emulate` either.
    pub addresses: Vec<CellName>,
    /// Cells with an address and without a digest.
    pub digests: Vec<CellName>,
}

/// What is missing, and what to do about it. As text: the message, and a second line `help: …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The end of a sentence that begins with the name of the binary.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\nhelp: {}", self.message, self.help)
    }
}

impl Prebuilt {
    /// What the cells of these platforms get, without those that get nothing.
    pub fn given(&self, platforms: &[Platform]) -> impl Iterator<Item = Given> {
        self.targets(platforms).filter_map(|target| match self.supply(target) {
            Supply::Given(given) => Some(given),
            Supply::Skipped | Supply::Missing => None,
        })
    }

    /// The cells of these platforms for which an address or a digest is missing.
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

    /// The hosts of these platforms that the binary is for.
    pub fn targets(&self, platforms: &[Platform]) -> impl Iterator<Item = Target> {
        let of = |os| platforms.iter().map(move |platform| Target { os, arch: platform.arch() });
        self.hosts.as_slice().iter().copied().flat_map(of)
    }
}

impl Lacking {
    /// What to report about the program `name`, which is configured in this table. `None` if nothing is missing.
    pub fn complaint(&self, name: &BinaryName, table: &[String]) -> Option<Complaint> {
        self.without_address(table).or_else(|| self.without_digest(name, table))
    }

    fn without_address(&self, table: &[String]) -> Option<Complaint> {
        let cells = list(&self.addresses)?;
        let in_table = format!("in {}, set `url` to the publisher's address", CONFIG.table(&table.join(".")));
        let help = match is_backend(table) {
            true => in_table,
            false => format!(
                "{in_table}, or add the cells to `emulate` to ship the amd64 binary to arm64 hosts, or to `skip` to ship nothing"
            ),
        };
        Some(Complaint { message: format!("has no address for {cells}"), help })
    }

    fn without_digest(&self, name: &BinaryName, table: &[String]) -> Option<Complaint> {
        let cells = list(&self.digests)?;
        let update = format!("run `{TOOL} prebuilt update {name}` to download the file and write its digest");
        let help = match is_backend(table) {
            true => update,
            false => {
                format!("{update}; if the publisher has no such file, add the cell to `emulate` or `skip`")
            }
        };
        Some(Complaint { message: format!("has no sha256 for {cells}"), help })
    }
}

/// The backend has to be there for both platforms.
fn is_backend(table: &[String]) -> bool {
    table.first().is_some_and(|name| name == "backend")
}

fn list(cells: &[CellName]) -> Option<String> {
    let names: Vec<_> = cells.iter().map(ToString::to_string).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
