//! The project: configuration, cargo's own view of the workspace and metadata.json, read once and never written.

pub mod binaries;
pub mod config;
mod graph;
pub mod labels;
pub mod metadata;
pub mod place;
pub mod prebuilt;
pub mod reference;
pub mod values;

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata as Workspace, Package, TargetKind};

use crate::matrix::{Cell, Platform};
use config::{Config, PackageFields};
pub use graph::dist_dir;
use labels::Labels;
use metadata::Metadata;
use place::wrong_key;
use values::BinaryName;

/// All that is known of the project before anything is planned.
#[derive(Debug)]
pub struct Project {
    /// The folder of the workspace's Cargo.toml.
    pub root: Utf8PathBuf,
    pub config: Config,
    /// `[workspace.package]`, completed by the package of the first host binary.
    pub package: PackageFields,
    /// Which package of the workspace each host binary is built from.
    pub programs: BTreeMap<BinaryName, String>,
    pub metadata: Metadata,
    /// Cargo's graph of the workspace with all dependencies.
    pub workspace: Workspace,
}

/// How cargo may find the graph: `--locked` and `--offline` of the command line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lookup {
    pub locked: bool,
    pub offline: bool,
}

impl Lookup {
    pub fn flags(self) -> Vec<String> {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline")];
        flags.into_iter().filter(|(on, _)| *on).map(|(_, flag)| flag.to_owned()).collect()
    }
}

impl Project {
    /// Finds the workspace that holds `folder` and reads it. Errors name the file that has to be mended.
    pub fn load(folder: &Utf8Path, lookup: Lookup) -> Result<Self> {
        let workspace = graph::read(folder, lookup)?;
        let root = workspace.workspace_root.clone();
        let (config, mut package) = config::read(&root.join("Cargo.toml"))?;
        let programs = find_programs(&config, &workspace)?;
        if let Some(name) = programs.values().next() {
            complete(&mut package, &workspace, name);
        }
        let metadata = Metadata::read(&root.join("metadata.json"))?;
        Ok(Self { root, config, package, programs, metadata, workspace })
    }

    pub fn dockerfile(&self) -> Utf8PathBuf {
        self.root.join("Dockerfile")
    }

    pub fn version(&self) -> Result<&semver::Version> {
        self.package.version.as_ref().context(
            "the extension has no version: set `version` in [workspace.package] of Cargo.toml; it becomes the tag",
        )
    }

    pub fn labels(&self) -> Result<Labels> {
        labels::resolve(&self.config.labels, &self.package, &self.root)
    }

    /// See [`Config::cells`].
    pub fn cells(&self, platforms: &[Platform]) -> Vec<Cell> {
        self.config.cells(platforms)
    }
}

/// Every configured binary that is not prebuilt must be a bin of exactly one package of the workspace.
fn find_programs(config: &Config, workspace: &Workspace) -> Result<BTreeMap<BinaryName, String>> {
    let members = workspace.workspace_packages();
    let program = |name: &BinaryName| {
        let owners: Vec<_> =
            members.iter().filter(|package| bins(package).any(|bin| bin == name.as_str())).collect();
        let mistake = match owners.as_slice() {
            [package] => return Ok((name.clone(), package.name.to_string())),
            [] => format!(
                "{name} is no bin of this workspace; its bins are: {}. A program of somebody else needs `url`",
                members.iter().flat_map(|package| bins(package)).collect::<Vec<_>>().join(", ")
            ),
            _ => format!("several packages of the workspace have a bin called {name}: rename all but one"),
        };
        let key = ["workspace", "metadata", "extension", "binaries", name.as_str()];
        Err(wrong_key(&workspace.workspace_root, &key, mistake))
    };
    let own = config.binaries.iter().filter(|(_, binary)| binary.prebuilt().is_none());
    own.map(|(name, _)| program(name)).collect()
}

/// The names of the package's bins.
pub fn bins(package: &Package) -> impl Iterator<Item = &str> {
    package
        .targets
        .iter()
        .filter(|target| target.kind.contains(&TargetKind::Bin))
        .map(|target| target.name.as_str())
}

/// Takes what `[workspace.package]` does not say from the package called `name`.
pub fn complete(fields: &mut PackageFields, workspace: &Workspace, name: &str) {
    let Some(package) =
        workspace.workspace_packages().into_iter().find(|package| package.name.as_str() == name)
    else {
        return;
    };
    fields.version.get_or_insert_with(|| package.version.clone());
    fields.description = fields.description.take().or_else(|| package.description.clone());
    fields.repository = fields.repository.take().or_else(|| package.repository.clone());
    fields.license = fields.license.take().or_else(|| package.license.clone());
}
