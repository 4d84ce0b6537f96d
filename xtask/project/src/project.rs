//! The project: configuration, cargo's own view of the workspace and metadata.json, read once and never written.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata as Workspace;

use sixfold_base::lookup::Lookup;
use sixfold_model::config::{self, Config};
use sixfold_model::matrix::{Cell, Platform};

use crate::graph;
use sixfold_model::labels::{self, Labels};
use sixfold_model::members::{Member, NoBin, PackageFields, owner};
use sixfold_model::metadata::Metadata;
use sixfold_model::place::wrong_key;
use sixfold_model::values::BinaryName;

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

impl Project {
    /// Finds the workspace that holds `folder` and reads it. Errors name the file that has to be mended.
    pub fn load(folder: &Utf8Path, lookup: Lookup) -> Result<Self> {
        let workspace = graph::read(folder, lookup)?;
        let root = workspace.workspace_root.clone();
        let (config, mut package) = config::read(&root.join("Cargo.toml"))?;
        let owners = find_programs(&config, &graph::members(&workspace), &root)?;
        if let Some(member) = owners.values().next() {
            package.complete(member);
        }
        let programs = owners.into_iter().map(|(name, member)| (name, member.name)).collect();
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

/// Which package builds each binary that is not prebuilt.
fn find_programs(
    config: &Config,
    members: &[Member],
    root: &Utf8Path,
) -> Result<BTreeMap<BinaryName, Member>> {
    let program = |name: &BinaryName| match owner(members, name) {
        Ok(member) => Ok((name.clone(), member.clone())),
        Err(NoBin { message, help }) => {
            let key = ["workspace", "metadata", "extension", "binaries", name.as_str()];
            Err(wrong_key(root, &key, format!("{message}\nhelp: {help}")))
        }
    };
    let own = config.binaries.iter().filter(|(_, binary)| binary.prebuilt().is_none());
    own.map(|(name, _)| program(name)).collect()
}
