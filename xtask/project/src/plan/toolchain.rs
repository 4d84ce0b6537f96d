//! The toolchain part of the plan: everything that compiling and linking depend on, apart from the call of cargo.

use std::collections::BTreeSet;

use anyhow::Result;
use camino::Utf8PathBuf;

use sixfold_model::matrix::{HostOs, Target};
use sixfold_model::{macos, windows};

use crate::machine::Machine;
use crate::project::Project;
use crate::toolchain::linker_choice::{Linked, Linker};
use crate::toolchain::zig;

#[derive(Debug)]
pub struct Toolchain {
    /// The project's root. cargo, rustc and rustup run in it, so that its .cargo/config.toml and rust-toolchain.toml count.
    pub folder: Utf8PathBuf,
    /// The version of rustc, such as `1.95.0`.
    pub rustc: String,
    /// The folder of that rustc's toolchain.
    pub sysroot: Utf8PathBuf,
    /// True if cargo builds through cargo-auditable.
    pub auditable: bool,
    /// Every target that is compiled for, with its linker.
    pub targets: Vec<Linked>,
    /// The targets whose standard library is not installed yet.
    pub missing_targets: Vec<Target>,
    /// Present when a target needs zig.
    pub zig: Option<zig::Source>,
    pub macos_deployment_target: String,
    /// What the author adds to our lists of what macOS has.
    pub macos: macos::Extra,
    /// What the author adds to our lists of what Windows has.
    pub windows: windows::Extra,
    /// The author's own SDK for macOS.
    pub sdk: Option<Utf8PathBuf>,
}

impl Toolchain {
    /// `None` when cargo builds nothing. Fails when Rust lacks its linker, and when the author asks for a macOS that Rust
    /// does not support.
    pub(super) fn new(project: &Project, targets: Vec<Linked>, machine: &Machine) -> Result<Option<Self>> {
        let Some(rust) = &machine.rust else { return Ok(None) };
        if targets.iter().any(|linked| linked.linker == Linker::RustLld) {
            rust.rust_lld()?;
        }
        let missing = targets.iter().map(|linked| linked.target);
        Ok(Some(Self {
            folder: project.root.clone(),
            rustc: rust.version.clone(),
            sysroot: rust.sysroot.clone(),
            auditable: project.config.auditable && !targets.is_empty(),
            missing_targets: missing.filter(|target| !rust.installed.contains(target)).collect(),
            zig: machine.zig.clone().filter(|_| targets.iter().any(Linked::needs_zig)),
            macos_deployment_target: machine.settings.macos_deployment_target()?.to_owned(),
            macos: project.config.macos.clone(),
            windows: project.config.windows.clone(),
            sdk: machine.settings.variable("SDKROOT").map(Into::into),
            targets,
        }))
    }

    /// What zig is needed for; completes "zig is needed to". Names the crates with C code, if there are any.
    pub fn zig_purpose(&self) -> String {
        let with_c = self.targets.iter().filter(|linked| linked.needs_zig());
        let crates: BTreeSet<_> =
            with_c.filter_map(|linked| linked.c.as_ref()).flat_map(|c| &c.crates).collect();
        let resources: BTreeSet<_> =
            self.targets.iter().filter(|it| it.has_zig_resources()).flat_map(|it| &it.resources).collect();
        if crates.is_empty() && !resources.is_empty() {
            return format!("compile the Windows resources of {}", names(resources));
        }
        if crates.is_empty() {
            let linked = self.targets.iter().filter(|linked| linked.linker == Linker::Zig);
            let systems: BTreeSet<HostOs> = linked.map(|linked| linked.target.os).collect();
            let systems: Vec<_> = systems.iter().map(ToString::to_string).collect();
            return format!("link {}", systems.join(" and "));
        }
        format!("compile the C code in {}", names(crates))
    }
}

fn names(crates: BTreeSet<&String>) -> String {
    crates.into_iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
