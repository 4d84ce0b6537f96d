//! The names of the desktops.

use clap::ValueEnum;

/// A desktop with a command line that installs extensions: `docker extension` or `rdctl extension`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Installer {
    Docker,
    Rancher,
}

impl Installer {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Docker => "Docker Desktop",
            Self::Rancher => "Rancher Desktop",
        }
    }

    /// The value of `--desktop`.
    pub(super) const fn flag(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Rancher => "rancher",
        }
    }
}
