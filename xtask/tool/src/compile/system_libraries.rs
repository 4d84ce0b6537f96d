//! What rust-lld links against instead of files of the operating systems.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::cache;
use sixfold_model::matrix::{HostOs, Target};
use sixfold_project::plan::Toolchain;
use sixfold_project::toolchain::linker_choice::{Linked, Linker};
use sixfold_stubs::{musl, stubs, windows};

/// The directory for each target that rust-lld links.
pub(super) struct SystemLibraries(BTreeMap<Target, Utf8PathBuf>);

impl SystemLibraries {
    /// Writes those of these targets into the cache, unless they exist. The author's `SDKROOT` takes precedence over our stubs.
    pub(super) fn prepare(toolchain: &Toolchain, targets: &BTreeSet<Target>) -> Result<Self> {
        let cache = cache::dir()?;
        let mut all = BTreeMap::new();
        let is_linked =
            |linked: &&Linked| linked.linker == Linker::RustLld && targets.contains(&linked.target);
        for linked in toolchain.targets.iter().filter(is_linked) {
            let dir = match (linked.target.os, &toolchain.sdk) {
                (HostOs::Darwin, Some(sdk)) => sdk.clone(),
                (HostOs::Darwin, None) => stubs::write(&cache, &toolchain.macos)?,
                (HostOs::Linux, _) => musl::write(&cache)?,
                (HostOs::Windows, _) => windows::write(
                    &cache,
                    linked.target,
                    &toolchain.rustc,
                    &toolchain.folder,
                    &toolchain.windows,
                )?,
            };
            all.insert(linked.target, dir);
        }
        Ok(Self(all))
    }

    pub(super) fn of(&self, target: Target) -> Option<&Utf8Path> {
        self.0.get(&target).map(Utf8PathBuf::as_path)
    }

    /// The SDK for macOS, or the stubs. `None` if rust-lld does not link for it.
    pub(super) fn sdk(&self) -> Option<&Utf8Path> {
        self.0.iter().find(|(target, _)| target.os == HostOs::Darwin).map(|(_, dir)| dir.as_path())
    }
}
