//! The values of `--only`.

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, ensure};

use sixfold_model::matrix::{Arch, HostOs, RunsOn};

use crate::plan::PlannedCell;

/// Cells by where they run: `darwin`, `darwin-arm64`, and `vm` for the backend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Only {
    os: RunsOn,
    /// `None`: both.
    arch: Option<Arch>,
}

impl Only {
    fn all() -> impl Iterator<Item = Self> {
        let systems = HostOs::ALL.map(RunsOn::Host).into_iter().chain([RunsOn::Vm]);
        let arches = || [None].into_iter().chain(Arch::ALL.map(Some));
        systems.flat_map(move |os| arches().map(move |arch| Self { os, arch }))
    }

    fn matches(self, cell: &PlannedCell) -> bool {
        self.os == cell.os && self.arch.is_none_or(|arch| arch == cell.arch)
    }
}

impl FromStr for Only {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::all().find(|only| only.to_string() == text).ok_or_else(|| {
            let all: Vec<_> = Self::all().map(|only| only.to_string()).collect();
            format!("use one of {}", all.join(", "))
        })
    }
}

impl fmt::Display for Only {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.arch {
            Some(arch) => write!(f, "{}-{arch}", self.os.as_str()),
            None => f.write_str(self.os.as_str()),
        }
    }
}

/// Keeps the cells that are built from source and that `only` names. Fails if one of these values names none.
pub(crate) fn choose(cells: &mut Vec<PlannedCell>, only: &[Only]) -> Result<()> {
    cells.retain(PlannedCell::is_from_source);
    for one in only {
        ensure!(
            cells.iter().any(|cell| one.matches(cell)),
            "--only {one} names no binary that is built from source\n\
             help: third-party binaries and files need no other machine; `plan` shows all cells"
        );
    }
    cells.retain(|cell| only.iter().any(|one| one.matches(cell)));
    Ok(())
}
