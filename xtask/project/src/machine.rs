//! The machine that the plan is made for: everything that a plan depends on and that is not part of the project.

use std::collections::BTreeSet;

use anyhow::Result;

use sixfold_model::digest::Digest;

use crate::prebuilt::cached_digests;
use crate::project::Project;
use crate::times::Times;
use crate::toolchain::cargo_settings::CargoSettings;
use crate::toolchain::rust::Rust;
use crate::toolchain::zig;

/// What was found on this machine.
#[derive(Debug)]
pub struct Machine {
    /// `None` when cargo builds nothing of the project, and neither rustc nor zig is needed.
    pub rust: Option<Rust>,
    pub zig: Option<zig::Source>,
    pub settings: CargoSettings,
    /// The digests of the project's prebuilt binaries that the cache folder already holds.
    pub cached: BTreeSet<Digest>,
    pub times: Times,
}

impl Machine {
    /// Asks rustc and zig, if they are needed, and git, and reads cargo's configuration, all from the root of the project.
    ///
    /// Fails when a Rust compiler is needed and there is none, and when a setting cannot be used.
    pub fn look(project: &Project) -> Result<Self> {
        let needs_rust = !project.packages.is_empty();
        Ok(Self {
            rust: needs_rust.then(|| Rust::find(&project.root)).transpose()?,
            zig: needs_rust.then(zig::find).transpose()?,
            settings: CargoSettings::read(&project.root)?,
            cached: cached_digests(project)?,
            times: Times::find(&project.root)?,
        })
    }
}
