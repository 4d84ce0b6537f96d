//! What an executable was compiled for, and whether it is a program or a library.

use serde::Serialize;

use sixfold_model::matrix::Arch;

/// The processor that an executable, or one slice of a universal one, was compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    Amd64,
    Arm64,
    Other,
}

impl Machine {
    /// Whether it is the given architecture.
    pub(crate) fn is(self, arch: Arch) -> bool {
        self == match arch {
            Arch::Amd64 => Self::Amd64,
            Arch::Arm64 => Self::Arm64,
        }
    }
}

/// The architecture of a file, as `inspect --format json` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileArch {
    Amd64,
    Arm64,
    /// A Mach-O file with several slices.
    Universal,
    Other,
}

impl From<Machine> for FileArch {
    fn from(machine: Machine) -> Self {
        match machine {
            Machine::Amd64 => Self::Amd64,
            Machine::Arm64 => Self::Arm64,
            Machine::Other => Self::Other,
        }
    }
}

/// Whether a file is started by itself or loaded by a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Program,
    Library,
}
