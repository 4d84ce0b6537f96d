//! Which downloads the prebuilt binaries need.

use std::collections::BTreeSet;

use anyhow::{Result, bail};
use serde::Serialize;

use sixfold_base::cache;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;
use sixfold_model::prebuilt::address::resolve;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::secrets::shown;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_model::prebuilt::{Given, Prebuilt};
use sixfold_model::values::BinaryName;

use super::protocol;
use crate::project::Project;

/// One download of a prebuilt binary.
#[derive(Clone, Debug, Serialize)]
pub struct Download {
    pub binary: String,
    pub version: Option<String>,
    pub cell: CellName,
    /// The address without anything that may be a secret.
    pub url: String,
    pub sha256: Digest,
    /// True if the cache folder holds it already.
    #[serde(rename = "cached")]
    pub is_cached: bool,
    /// The address as it is requested.
    #[serde(skip)]
    pub address: String,
    /// The binary, and the files of the archive that are shipped beside it.
    #[serde(skip)]
    pub files: Vec<Wanted>,
}

impl Download {
    /// Its name in messages and in the protocol of the fetch program, such as `kubectl darwin-arm64`.
    pub fn id(&self) -> String {
        format!("{} {}", self.binary, self.cell)
    }
}

/// Every download for the cells of these platforms, each once. `cached` are the digests that the cache folder holds.
///
/// Fails for cells that the configuration neither provides nor skips, and for missing digests.
pub fn downloads(
    project: &Project,
    platforms: &[Platform],
    cached: &BTreeSet<Digest>,
) -> Result<Vec<Download>> {
    let mut downloads = vec![];
    for (name, prebuilt) in project.config.prebuilt() {
        if let Some(complaint) = prebuilt.lacking(platforms).complaint(name, &project.config.table_of(name)) {
            bail!("{name} {complaint}");
        }
        let mut seen = BTreeSet::new();
        for given in prebuilt.given(platforms).filter(|given| seen.insert(given.target)) {
            downloads.extend(download(project, name, prebuilt, given, cached));
        }
    }
    Ok(downloads)
}

fn download(
    project: &Project,
    name: &BinaryName,
    prebuilt: &Prebuilt,
    given: Given,
    cached: &BTreeSet<Digest>,
) -> Option<Download> {
    let files = given.wanted(name);
    let sha256 = given.sha256?;
    Some(Download {
        binary: name.to_string(),
        version: prebuilt.version.as_ref().map(ToString::to_string),
        cell: CellName(given.target),
        url: shown(&given.address),
        is_cached: cached.contains(&sha256),
        sha256,
        address: resolve(&given.address, &project.root),
        files,
    })
}

/// The digests of the project's prebuilt binaries for which the cache folder has a file. The files are not read.
pub fn cached_digests(project: &Project) -> Result<BTreeSet<Digest>> {
    let mut digests = project.config.prebuilt().flat_map(|(_, prebuilt)| prebuilt.sha256.values()).peekable();
    if digests.peek().is_none() {
        return Ok(BTreeSet::new());
    }
    let cache = cache::dir()?;
    let digests = digests.map(|sha256| &sha256.0);
    Ok(digests.filter(|digest| protocol::cached(&cache, digest).is_file()).cloned().collect())
}
