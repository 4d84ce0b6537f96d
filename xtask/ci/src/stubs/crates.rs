//! Reads a published crate: which framework it mirrors and what it declares.

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde::Deserialize;
use walkdir::WalkDir;

use super::manifest::{Entry, Source};
use super::names::Names;
use super::rust;

/// What an objc2 crate says of itself in its translation-config.toml.
#[derive(Deserialize)]
pub struct Translation {
    pub framework: String,
    /// First macOS that has the framework.
    pub macos: Option<String>,
}

/// `None` for a crate that objc2's translator did not write.
pub fn translation(source: &Source) -> Result<Option<Translation>> {
    let path = source.dir.join("translation-config.toml");
    if source.name == "objc2" || !path.exists() {
        return Ok(None);
    }
    let text = fs_err::read_to_string(&path)?;
    toml::from_str(&text).map(Some).with_context(|| format!("cannot read {path}"))
}

/// The crate of `crate` or `crate/path`.
pub fn name(wanted: &str) -> &str {
    wanted.split_once('/').map_or(wanted, |(name, _)| name)
}

/// All that the crate's sources declare, or, where `crate/path` is wanted, that file.
pub fn declared(source: &Source, wanted: &str, entry: &Entry) -> Result<Names> {
    let mut names = Names::default();
    for path in files(source, wanted) {
        let text = fs_err::read_to_string(&path)?;
        rust::collect(&text, entry.only_link.as_deref(), &mut names).with_context(|| path.to_string())?;
    }
    Ok(names)
}

fn files(source: &Source, wanted: &str) -> Vec<Utf8PathBuf> {
    if let Some((_, file)) = wanted.split_once('/') {
        return vec![source.dir.join(file)];
    }
    // A file on its own cannot say that it is a test: its folder does.
    let is_test =
        |path: &Utf8Path| path.components().any(|part| matches!(part.as_str(), "tests" | "tests.rs"));
    WalkDir::new(source.dir.join("src"))
        .sort_by_file_name()
        .into_iter()
        .filter_map(|entry| Utf8PathBuf::from_path_buf(entry.ok()?.into_path()).ok())
        .filter(|path| path.extension() == Some("rs"))
        .filter(|path| path.strip_prefix(&source.dir).is_ok_and(|path| !is_test(path)))
        .collect()
}
