//! What is tried: `compatibility/crates.toml`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;

pub struct Manifest {
    pub folder: Utf8PathBuf,
    /// By name, which is also that of the program.
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Entry {
    /// What a host binary might use it for.
    pub what: String,
    /// As in a Cargo.toml. The one that the entry is about is named like it, or comes first.
    pub dependencies: toml::Table,
    #[serde(default)]
    pub build_dependencies: toml::Table,
}

impl Manifest {
    pub fn read(folder: &Utf8Path) -> Result<Self> {
        let file = folder.join("crates.toml");
        let entries = toml::from_str(&fs_err::read_to_string(&file)?)
            .with_context(|| format!("{file} cannot be read"))?;
        Ok(Self { folder: folder.to_owned(), entries })
    }

    /// The names asked for, or all.
    pub fn chosen(&self, asked: &[String]) -> Result<Vec<String>> {
        if let Some(unknown) = asked.iter().find(|name| !self.entries.contains_key(*name)) {
            let all: Vec<_> = self.entries.keys().map(String::as_str).collect();
            bail!("{unknown} is not tried; what is: {}", all.join(", "));
        }
        Ok(if asked.is_empty() { self.entries.keys().cloned().collect() } else { asked.to_vec() })
    }
}

impl Entry {
    /// The crate that the entry is about.
    pub fn subject<'a>(&'a self, name: &'a str) -> &'a str {
        match self.dependencies.contains_key(name) {
            true => name,
            false => self.dependencies.keys().next().map_or(name, String::as_str),
        }
    }
}
