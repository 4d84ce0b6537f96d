//! The machine that the plan is made for: everything that the plan depends on and that is not in the project.

use std::collections::BTreeSet;

use anyhow::Result;
use xshell::Shell;

use super::times::Times;
use crate::Project;
use crate::prebuilt;
use crate::toolchain::author::Settings;
use crate::toolchain::rust::Rust;
use crate::toolchain::zig;
use sixfold_model::digest::Digest;

#[derive(Debug)]
pub struct Machine {
    pub rust: Rust,
    pub zig: zig::Source,
    pub author: Settings,
    /// The digests of prebuilt programs that the tool's cache folder has.
    pub cached: BTreeSet<Digest>,
    pub times: Times,
}

impl Machine {
    /// Looks at the machine; the shell's folder is the root of the project.
    pub fn look(sh: &Shell, project: &Project) -> Result<Self> {
        Ok(Self {
            rust: Rust::find(sh)?,
            zig: zig::find(sh)?,
            author: Settings::read(&project.root)?,
            cached: prebuilt::held(project)?,
            times: Times::find(sh)?,
        })
    }
}
