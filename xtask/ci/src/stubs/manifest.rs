//! `stubs-sources/Cargo.toml`: the crates that mirror Apple's headers, at exact versions, and in
//! `[package.metadata.stubs]` the library that each of them describes.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, MetadataCommand};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    /// The version of the Python package `ziglang`, which has lists for libSystem and for the DLLs of Windows.
    pub ziglang: String,
    /// Older versions, from old to new, which have the lists of libSystem of older SDKs.
    #[serde(rename = "older-ziglang")]
    pub older_ziglang: Vec<String>,
    /// Libraries in /usr/lib, by file name without extension. A library without crates has only the names given here.
    pub library: BTreeMap<String, Entry>,
    /// Frameworks that no objc2 crate describes, or that need more than the objc2 crate has.
    pub framework: BTreeMap<String, Entry>,
    /// Other names by which programs link a DLL of Windows.
    #[serde(rename = "windows-aliases")]
    pub windows_aliases: BTreeMap<String, Vec<String>>,
    /// The API sets that programs link by a name of their own, by that name.
    #[serde(rename = "windows-api-sets")]
    pub windows_api_sets: BTreeMap<String, String>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub(crate) struct Entry {
    pub install_name: Option<String>,
    /// The first version of macOS that has it, if no crate says so.
    pub since: Option<String>,
    /// Crates generated from the library's headers: all names they declare belong to the library. `crate/path` is one file
    /// of a crate.
    pub mirrors: Vec<String>,
    /// Crates that declare the names they use, in the same notation: names that no mirror assigns to another library belong
    /// to this library.
    pub users: Vec<String>,
    /// Take only the blocks of these crates with `#[link(name = "…")]` of this name.
    pub only_link: Option<String>,
    /// C names that no crate declares.
    pub names: Vec<String>,
    /// The same, for one architecture.
    pub amd64_names: Vec<String>,
    pub arm64_names: Vec<String>,
    /// The same, by the first macOS that has them.
    pub newer_names: BTreeMap<String, Vec<String>>,
    /// If present, only these names of the crates are taken, in the notation of `without`.
    pub only: Vec<String>,
    pub classes: Vec<String>,
    /// C names or class names that a crate declares but that no Mac has. `Name*` stands for all names with that start.
    pub without: Vec<String>,
    /// Libraries that this one re-exports: a program that links this library can use them as well.
    pub reexports: Vec<String>,
    /// True if it exports nothing.
    pub empty: bool,
    /// Other names for the same file.
    pub aliases: Vec<String>,
}

impl Entry {
    /// True if `without` or `only` excludes this linker name of a symbol or a class object.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        let name = name.strip_prefix("_OBJC_CLASS_$_").or_else(|| name.strip_prefix('_')).unwrap_or(name);
        let is_in = |list: &[String]| {
            list.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == pattern,
            })
        };
        is_in(&self.without) || !(self.only.is_empty() || is_in(&self.only))
    }
}

/// A crate from the manifest, unpacked on this machine.
pub(crate) struct Source {
    pub name: String,
    pub version: String,
    pub dir: Utf8PathBuf,
}

/// Downloads the crates, which cargo caches, and returns the manifest and the location of each crate.
pub(crate) fn load(path: &Utf8Path) -> Result<(Manifest, BTreeMap<String, Source>)> {
    let metadata =
        MetadataCommand::new().manifest_path(path).other_options(["--locked".to_owned()]).exec().map_err(
            |error| {
                anyhow!("{path}: {error}\nhelp: after editing it, run `cargo update --manifest-path {path}`")
            },
        )?;
    let root = metadata.root_package().with_context(|| format!("{path} has no package"))?;
    let manifest = Manifest::deserialize(&root.metadata["stubs"])
        .with_context(|| format!("cannot read [package.metadata.stubs] in {path}"))?;
    let sources = sources(&metadata);
    Ok((manifest, sources))
}

fn sources(metadata: &Metadata) -> BTreeMap<String, Source> {
    let direct: Vec<&str> = metadata
        .root_package()
        .map(|root| root.dependencies.iter().map(|dependency| dependency.name.as_str()).collect())
        .unwrap_or_default();
    let packages = metadata.packages.iter().filter(|package| direct.contains(&package.name.as_str()));
    packages
        .filter_map(|package| {
            let dir = package.manifest_path.parent()?.to_owned();
            let source = Source { name: package.name.to_string(), version: package.version.to_string(), dir };
            Some((source.name.clone(), source))
        })
        .collect()
}
