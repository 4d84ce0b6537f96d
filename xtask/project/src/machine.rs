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
    pub rust: Rust,
    pub zig: zig::Source,
    pub settings: CargoSettings,
    /// The digests of the project's prebuilt binaries that the cache folder already holds.
    pub cached: BTreeSet<Digest>,
    pub times: Times,
}

impl Machine {
    /// Asks rustc, zig and git, and reads cargo's configuration, all from the root of the project.
    ///
    /// Fails when there is no Rust compiler, and when a setting cannot be used.
    pub fn look(project: &Project) -> Result<Self> {
        Ok(Self {
            rust: Rust::find(&project.root)?,
            zig: zig::find()?,
            settings: CargoSettings::read(&project.root)?,
            cached: cached_digests(project)?,
            times: Times::find(&project.root)?,
        })
    }
}
