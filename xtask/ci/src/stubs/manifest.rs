//! What `stubs-sources/Cargo.toml` says: the crates that mirror Apple's headers, at exact versions, and in
//! `[package.metadata.stubs]` which library each of them tells about.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::{Metadata, MetadataCommand};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the Python package `ziglang`, which lists libSystem's names.
    pub ziglang: String,
    /// Below /usr/lib, by file name without extension. A library that lists no crate takes its names from here alone.
    pub library: BTreeMap<String, Entry>,
    /// Frameworks that no objc2 crate tells about by itself, or of which there is more to say.
    pub framework: BTreeMap<String, Entry>,
}

#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Entry {
    pub install_name: Option<String>,
    /// First macOS that has it, where no crate says so.
    pub since: Option<String>,
    /// Crates made from the library's headers: what they declare is the library's. `crate/path` is one file of a crate.
    pub mirrors: Vec<String>,
    /// Crates that declare what they use of it, written likewise: names that no mirror gives to another library are the
    /// library's.
    pub users: Vec<String>,
    /// Only the blocks of these crates that are marked `#[link(name = "…")]` with this.
    pub only_link: Option<String>,
    /// Names in C that no crate has.
    pub names: Vec<String>,
    pub classes: Vec<String>,
    /// Names in C, or of classes, that a crate has and no Mac. `Name*` is all that start so.
    pub without: Vec<String>,
    /// Libraries that come along with this one: a program that asks for it may use them.
    pub reexports: Vec<String>,
    /// It exports nothing.
    pub empty: bool,
    /// Other names of the same file.
    pub aliases: Vec<String>,
}

impl Entry {
    /// Is this linker name, of a symbol or of a class object, in `without`?
    pub fn excludes(&self, name: &str) -> bool {
        let name = name.strip_prefix("_OBJC_CLASS_$_").or_else(|| name.strip_prefix('_')).unwrap_or(name);
        self.without.iter().any(|without| match without.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == without,
        })
    }
}

/// A crate of the manifest, unpacked on this machine.
pub struct Source {
    pub name: String,
    pub version: String,
    pub dir: Utf8PathBuf,
}

/// Downloads the crates (cargo's own cache keeps them) and returns the manifest with where they are.
pub fn load(path: &Utf8Path) -> Result<(Manifest, BTreeMap<String, Source>)> {
    let metadata = MetadataCommand::new()
        .manifest_path(path)
        .other_options(["--locked".to_owned()])
        .exec()
        .with_context(|| {
        format!("cannot read {path}; after an edit run `cargo update --manifest-path {path}`")
    })?;
    let root = metadata.root_package().with_context(|| format!("{path} has no package"))?;
    let manifest = Manifest::deserialize(&root.metadata["stubs"])
        .with_context(|| format!("[package.metadata.stubs] in {path} is wrong"))?;
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
