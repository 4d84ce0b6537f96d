//! The crates that a program contains: cargo's graph of its package, for one target and with the features that it is built with.
//!
//! This is the list that cargo-auditable writes into a binary (see its `auditable_from_metadata.rs`): the package, and everything
//! that it reaches through normal and build dependencies that apply to the target. Both ask cargo the same question, so both
//! contain what cargo's older resolver would enable, which may be more than what is compiled. The kind differs in one case:
//! cargo-auditable lists a procedural macro that also has a build script or tests as part of the program.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{CargoOpt, DependencyKind, Metadata, Node, NodeDep, Package, PackageId, TargetKind};
use fs_err as fs;
use serde::Deserialize;

use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::Target;

use crate::workspace;

/// A package of the workspace that cargo builds programs from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Root {
    pub package: String,
    /// The programs, each a bin of the package.
    pub bins: BTreeSet<String>,
    /// The features that cargo is asked for, without the default ones, which are always enabled.
    pub features: BTreeSet<String>,
    /// The folder of its Cargo.toml.
    pub(crate) folder: Utf8PathBuf,
    /// The folder of Cargo.lock.
    pub(crate) workspace: Utf8PathBuf,
}

/// A package that a program contains, or that was needed to build it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crate {
    pub name: String,
    pub version: semver::Version,
    /// Where cargo has it from, as in Cargo.lock: `registry+https://…`, `git+https://…#COMMIT`. `None` for a folder.
    pub source: Option<String>,
    /// SHA-256 of the package in hexadecimal, from Cargo.lock, which has it for packages of a registry.
    pub checksum: Option<String>,
    /// As in its Cargo.toml: usually an SPDX expression, but cargo does not check that.
    pub license: Option<String>,
    pub kind: Kind,
    /// The positions of the packages that it depends on in [`Root::crates`], in order.
    pub dependencies: Vec<usize>,
    /// True for the package of the program itself.
    pub is_root: bool,
}

/// What a package is needed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only for building: by build scripts and procedural macros.
    Build,
    /// In the program.
    Runtime,
}

impl Root {
    /// The packages that its programs contain on this target, ordered by name, version and source. Asks cargo, which takes some
    /// tenths of a second. Fails with cargo's message.
    pub fn crates(&self, target: Target, lookup: Lookup) -> Result<Vec<Crate>> {
        let mut command = workspace::command(&self.folder);
        let filter = ["--filter-platform".to_owned(), target.to_string()];
        command.other_options(lookup.flags().into_iter().chain(filter).collect::<Vec<_>>());
        command.features(CargoOpt::SomeFeatures(self.features.iter().cloned().collect()));
        let metadata = command.exec().map_err(workspace::explain)?;
        let lock = fs::read_to_string(self.workspace.join("Cargo.lock"))?;
        crates(&metadata, &self.package, &checksums(&lock)?)
    }
}

/// The checksum of each package, by name, version and source.
pub(crate) type Checksums = BTreeMap<(String, String, Option<String>), String>;

pub(crate) fn checksums(lock: &str) -> Result<Checksums> {
    #[derive(Deserialize)]
    struct Lock {
        #[serde(default)]
        package: Vec<Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        name: String,
        version: String,
        source: Option<String>,
        checksum: Option<String>,
    }
    let lock: Lock = toml::from_str(lock).context("cannot read Cargo.lock")?;
    let of = |locked: Locked| Some(((locked.name, locked.version, locked.source), locked.checksum?));
    Ok(lock.package.into_iter().filter_map(of).collect())
}

fn crates(metadata: &Metadata, root: &str, checksums: &Checksums) -> Result<Vec<Crate>> {
    let root = metadata.workspace_packages().into_iter().find(|package| package.name.as_str() == root);
    let root = &root.context("cargo does not list the package of the program")?.id;
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: HashMap<_, _> = nodes.map(|node| (&node.id, node)).collect();
    let kinds = kinds(metadata, root, &nodes);
    let mut packages: Vec<_> =
        metadata.packages.iter().filter_map(|package| Some((package, *kinds.get(&package.id)?))).collect();
    packages.sort_by_key(|(package, _)| (&package.name, &package.version, &package.id));
    let positions: HashMap<_, _> =
        packages.iter().enumerate().map(|(position, (package, _))| (&package.id, position)).collect();
    let of = |(package, kind): &(&Package, Kind)| {
        let node = nodes.get(&package.id);
        let edges = node.into_iter().flat_map(|node| &node.deps).filter(|dep| edge(dep).is_some());
        let dependencies: BTreeSet<_> = edges.filter_map(|dep| positions.get(&dep.pkg).copied()).collect();
        let source = package.source.as_ref().map(|source| source.repr.clone());
        let key = (package.name.to_string(), package.version.to_string(), source.clone());
        Crate {
            checksum: checksums.get(&key).cloned(),
            name: key.0,
            version: package.version.clone(),
            source,
            license: package.license.clone(),
            kind: *kind,
            dependencies: dependencies.into_iter().collect(),
            is_root: package.id == *root,
        }
    };
    Ok(packages.iter().map(of).collect())
}

/// Every package that the root reaches, and what for. A package that is needed for both counts as part of the program.
fn kinds<'a>(
    metadata: &'a Metadata,
    root: &'a PackageId,
    nodes: &HashMap<&'a PackageId, &'a Node>,
) -> HashMap<&'a PackageId, Kind> {
    let is_macro = |package: &&Package| {
        package.targets.iter().any(|target| target.kind.contains(&TargetKind::ProcMacro))
    };
    let macros: BTreeSet<_> = metadata.packages.iter().filter(is_macro).map(|package| &package.id).collect();
    let mut kinds = HashMap::new();
    let mut next = vec![(root, Kind::Runtime)];
    while let Some((id, kind)) = next.pop() {
        if kinds.get(id).is_some_and(|known| *known >= kind) {
            continue;
        }
        kinds.insert(id, kind);
        for dep in nodes.get(id).into_iter().flat_map(|node| &node.deps) {
            let of_macro = if macros.contains(&dep.pkg) { Kind::Build } else { Kind::Runtime };
            next.extend(edge(dep).map(|edge| (&dep.pkg, edge.min(kind).min(of_macro))));
        }
    }
    kinds
}

/// What a dependency is for. `None` if it is only for tests.
fn edge(dep: &NodeDep) -> Option<Kind> {
    let kinds = dep.dep_kinds.iter().filter_map(|info| match info.kind {
        DependencyKind::Normal => Some(Kind::Runtime),
        DependencyKind::Build => Some(Kind::Build),
        _ => None,
    });
    kinds.max()
}

/// The packages of a workspace that these bins belong to.
pub(crate) fn roots(
    workspace: &Metadata,
    bins: impl IntoIterator<Item = (String, String, BTreeSet<String>)>,
) -> Vec<Root> {
    let mut roots: BTreeMap<String, Root> = BTreeMap::new();
    for (bin, name, features) in bins {
        let package =
            workspace.workspace_packages().into_iter().find(|package| package.name.as_str() == name);
        let folder = package.and_then(|package| package.manifest_path.parent()).map(Utf8Path::to_owned);
        let root = roots.entry(name.clone()).or_insert_with(|| Root {
            package: name,
            bins: BTreeSet::new(),
            features: BTreeSet::new(),
            folder: folder.unwrap_or_else(|| workspace.workspace_root.clone()),
            workspace: workspace.workspace_root.clone(),
        });
        root.bins.insert(bin);
        root.features.extend(features);
    }
    roots.into_values().collect()
}
