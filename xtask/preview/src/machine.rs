//! This machine, in the words of the extension framework and of Node.

use anyhow::{Context as _, Result};
use xtask::matrix::HostOs;

/// The host system that this machine is.
pub fn os() -> Result<HostOs> {
    let name = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    HostOs::ALL
        .into_iter()
        .find(|os| os.as_str() == name)
        .with_context(|| format!("no desktop runs extensions on {name}: use Linux, macOS or Windows"))
}

/// `os.platform()` of Node.
pub fn node_platform(os: HostOs) -> &'static str {
    match os {
        HostOs::Windows => "win32",
        HostOs::Darwin | HostOs::Linux => os.as_str(),
    }
}

/// `os.arch()` of Node.
pub fn node_arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    }
}
