//! The project: its configuration, cargo's view of the workspace, and metadata.json. Each is read once, and none is
//! written.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::Metadata as Workspace;

use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_model::config::{self, Config};
use sixfold_model::labels::{self, Labels};
use sixfold_model::matrix::{Cell, Platform};
use sixfold_model::members::{Member, NoBin, PackageFields, owner};
use sixfold_model::metadata::Metadata;
use sixfold_model::place::wrong_key;
use sixfold_model::values::BinaryName;

use crate::workspace;

/// What is known about the project before anything is planned.
#[derive(Debug)]
pub struct Project {
    /// The folder of the workspace's Cargo.toml.
    pub root: Utf8PathBuf,
    pub config: Config,
    /// `[workspace.package]`. What it leaves out comes from the package of the first host binary.
    pub package: PackageFields,
    /// The package that each binary is built from. Prebuilt binaries are not included.
    pub packages: BTreeMap<BinaryName, String>,
    pub metadata: Metadata,
    /// Cargo's view of the workspace, with all dependencies.
    pub workspace: Workspace,
}

impl Project {
    /// Reads the workspace that contains `folder`. Errors name the file to correct.
    pub fn load(folder: &Utf8Path, lookup: Lookup) -> Result<Self> {
        let workspace = workspace::read(folder, lookup)?;
        let root = workspace.workspace_root.clone();
        let (config, mut package) = config::read(&root.join("Cargo.toml"))?;
        let owners = find_owners(&config, &workspace::members(&workspace), &root)?;
        if let Some(member) = owners.values().next() {
            package.complete(member);
        }
        let packages = owners.into_iter().map(|(name, member)| (name, member.name)).collect();
        let metadata = Metadata::read(&root.join("metadata.json"))?;
        Ok(Self { root, config, package, packages, metadata, workspace })
    }

    /// Takes the dist folder and reads the project. Reads it again if another run had the folder.
    pub fn take(folder: &Utf8Path, lookup: Lookup) -> Result<(Self, DistFolder)> {
        let project = Self::load(folder, lookup)?;
        let dist = DistFolder::take(project.dist_dir())?.guarded()?;
        let project = if dist.had_to_wait() { Self::load(folder, lookup)? } else { project };
        Ok((project, dist))
    }

    /// `target/dist` of the workspace: the tool writes nothing else in a project.
    pub fn dist_dir(&self) -> Utf8PathBuf {
        self.workspace.target_directory.join("dist")
    }

    pub(crate) fn dockerfile(&self) -> Utf8PathBuf {
        self.root.join("Dockerfile")
    }

    /// The version of the extension. Fails when there is none.
    pub fn version(&self) -> Result<&semver::Version> {
        self.package.version.as_ref().context(
            "the extension has no version\n\
             help: set `version` in [workspace.package] of Cargo.toml; it becomes the tag of the image",
        )
    }

    /// The labels of the image. Reads the files that the configuration takes them from.
    pub(crate) fn labels(&self) -> Result<Labels> {
        labels::resolve(&self.config.labels, &self.package, &self.root)
    }

    /// The features that the bins of the extension require (`required-features`), as `package/feature`. Without them, cargo
    /// would refuse to build the bins.
    pub fn required_features(&self) -> Vec<String> {
        let members = self.workspace.workspace_packages().into_iter();
        let bins = self.packages.iter().flat_map(|(bin, package)| {
            let package = members.clone().find(move |member| member.name.as_str() == package);
            let targets = package.into_iter().flat_map(|package| {
                package.targets.iter().map(move |target| (package.name.to_string(), target))
            });
            targets.filter(move |(_, target)| target.name == bin.as_str())
        });
        bins.flat_map(|(package, target)| {
            target.required_features.iter().map(move |feature| format!("{package}/{feature}"))
        })
        .collect()
    }

    /// See [`Config::cells`].
    pub fn cells(&self, platforms: &[Platform]) -> Vec<Cell> {
        self.config.cells(platforms)
    }
}

/// The package that builds each binary that is not prebuilt.
fn find_owners(config: &Config, members: &[Member], root: &Utf8Path) -> Result<BTreeMap<BinaryName, Member>> {
    let find = |name: &BinaryName| match owner(members, name) {
        Ok(member) => Ok((name.clone(), member.clone())),
        Err(NoBin { message, help }) => {
            let key = ["workspace", "metadata", "extension", "binaries", name.as_str()];
            Err(wrong_key(root, &key, format!("{message}\nhelp: {help}")))
        }
    };
    let from_source = config.binaries.iter().filter(|(_, binary)| binary.prebuilt().is_none());
    from_source.map(|(name, _)| find(name)).collect()
}
