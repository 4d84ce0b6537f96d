//! This machine, in the terms of the extension framework and of Node.js.

use std::env::consts;

use anyhow::{Context as _, Result};
use sixfold_model::matrix::{Arch, HostOs, Target};

/// The target that this machine corresponds to.
pub(crate) fn target() -> Result<Target> {
    let name = if consts::OS == "macos" { "darwin" } else { consts::OS };
    let os = HostOs::ALL.into_iter().find(|os| os.as_str() == name);
    let arch = Arch::ALL.into_iter().find(|arch| arch.rust_name() == consts::ARCH);
    os.zip(arch).map(|(os, arch)| Target { os, arch }).with_context(|| {
        format!("extensions do not run on {} {}\nhelp: use Linux, macOS or Windows", consts::OS, consts::ARCH)
    })
}

/// `os.platform()` in Node.js.
pub(crate) fn node_platform(os: HostOs) -> &'static str {
    match os {
        HostOs::Windows => "win32",
        HostOs::Darwin | HostOs::Linux => os.as_str(),
    }
}

/// `os.arch()` in Node.js.
pub(crate) fn node_arch(arch: Arch) -> &'static str {
    match arch {
        Arch::Amd64 => "x64",
        Arch::Arm64 => "arm64",
    }
}
