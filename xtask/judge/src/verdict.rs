//! The verdict about one file on one kind of host.

use serde::Serialize;

use sixfold_model::matrix::HostOs;

/// What a host gets, as `inspect --format json` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Runs as it is.
    Native,
    /// Runs because the operating system translates it: an Intel program on Apple Silicon or on Windows on Arm. Also a
    /// program for 32-bit Intel on any Windows, which runs it in its compatibility layer.
    Emulated,
    /// A program for this operating system and another processor.
    WrongArch,
    /// Not a program for this operating system.
    WrongFormat,
    Missing,
    /// The x bits are missing. Never given for Windows, where files have none.
    NotExecutable,
    /// A Mac with Apple Silicon kills it: its code signature is missing or invalid.
    Unsigned,
    /// A script, or a data file that accompanies one: the same for every architecture.
    Script,
}

impl Verdict {
    /// Whether nothing has to be fixed.
    pub const fn is_good(self) -> bool {
        matches!(self, Self::Native | Self::Script)
    }

    /// As in the JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Emulated => "emulated",
            Self::WrongArch => "wrong-arch",
            Self::WrongFormat => "wrong-format",
            Self::Missing => "missing",
            Self::NotExecutable => "not-executable",
            Self::Unsigned => "unsigned",
            Self::Script => "script",
        }
    }
}

/// A verdict with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub verdict: Verdict,
    /// Completes "the file …", in lower case; empty if the verdict is good.
    pub reason: String,
}

impl Diagnosis {
    pub fn new(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self { verdict, reason: reason.into() }
    }

    /// For a path that is not in the image.
    pub fn missing() -> Self {
        Self::new(Verdict::Missing, "is not in the image")
    }

    pub(crate) fn native() -> Self {
        Self::new(Verdict::Native, "")
    }
}

/// The name of an operating system in prose.
pub const fn host_name(os: HostOs) -> &'static str {
    match os {
        HostOs::Darwin => "macOS",
        HostOs::Windows => "Windows",
        HostOs::Linux => "Linux",
    }
}
