//! `programs/programs.toml`: the programs to try.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use serde::Deserialize;

/// By the name of the crate.
pub(crate) type Manifest = BTreeMap<String, Program>;

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Program {
    pub version: String,
    /// The name of the binary.
    pub binary: String,
    pub what: String,
    /// Files in the folder that it runs in, by name.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    pub args: Vec<String>,
    /// Part of what it prints.
    pub expect: String,
}

pub(crate) fn read(folder: &Utf8Path) -> Result<Manifest> {
    let file = folder.join("programs.toml");
    toml::from_str(&fs_err::read_to_string(&file)?).with_context(|| format!("cannot read {file}"))
}

/// Only the requested programs, or all if there are none.
pub(crate) fn select(manifest: &Manifest, requested: &[String]) -> Result<Manifest> {
    if let Some(unknown) = requested.iter().find(|name| !manifest.contains_key(*name)) {
        let all: Vec<_> = manifest.keys().map(String::as_str).collect();
        bail!("programs.toml has no program {unknown}; it has {}", all.join(", "));
    }
    let is_wanted = |name: &String| requested.is_empty() || requested.contains(name);
    Ok(manifest
        .iter()
        .filter(|(name, _)| is_wanted(name))
        .map(|(name, it)| (name.clone(), it.clone()))
        .collect())
}
