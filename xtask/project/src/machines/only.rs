//! The values of `--only`.

use std::fmt;
use std::str::FromStr;

use sixfold_model::matrix::{Arch, HostOs, RunsOn};

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

    pub(crate) fn matches(self, os: RunsOn, arch: Arch) -> bool {
        self.os == os && self.arch.is_none_or(|own| own == arch)
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
