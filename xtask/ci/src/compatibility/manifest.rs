//! `compatibility/crates.toml`: the crates to try.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

pub(crate) struct Manifest {
    pub folder: Utf8PathBuf,
    /// By name, which is also the name of the program.
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Entry {
    /// What a host binary could use it for.
    pub what: String,
    /// As in a Cargo.toml. The entry is about the dependency with its name, or else about the first.
    pub dependencies: toml::Table,
    #[serde(default)]
    pub build_dependencies: toml::Table,
}

impl Manifest {
    pub(crate) fn read(folder: &Utf8Path) -> Result<Self> {
        let file = folder.join("crates.toml");
        let entries =
            toml::from_str(&fs_err::read_to_string(&file)?).with_context(|| format!("cannot read {file}"))?;
        Ok(Self { folder: folder.to_owned(), entries })
    }

    /// The requested names, or all if there are none.
    pub(crate) fn selected(&self, requested: &[String]) -> Result<Vec<String>> {
        if let Some(unknown) = requested.iter().find(|name| !self.entries.contains_key(*name)) {
            let all: Vec<_> = self.entries.keys().map(String::as_str).collect();
            bail!("crates.toml has no entry {unknown}; it has {}", all.join(", "));
        }
        Ok(if requested.is_empty() { self.entries.keys().cloned().collect() } else { requested.to_vec() })
    }
}

impl Entry {
    /// The crate that the entry is about.
    pub(crate) fn subject<'a>(&'a self, name: &'a str) -> &'a str {
        if self.dependencies.contains_key(name) {
            return name;
        }
        self.dependencies.keys().next().map_or(name, String::as_str)
    }
}
