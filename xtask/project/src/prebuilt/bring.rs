//! Brings the files of prebuilt programs into the dist folder: as a run before left them, from the cache, or by `fetch`.
//!
//! Invariant: every file comes out of a download whose digest is the configured one.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::fetch;
use super::protocol;
use super::protocol::{Item, Request};
use super::record::{Record, folder};
use crate::plan::Download;
use sixfold_base::cache;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::terminal;
use sixfold_judge::HostFile;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Target;
use sixfold_model::prebuilt::wanted::Wanted;

/// Where the files of prebuilt programs are.
#[derive(Debug, Default)]
pub struct Brought(BTreeMap<(String, Target), Utf8PathBuf>);

impl Brought {
    /// The file called `name` of the download for a target.
    pub fn get(&self, binary: &str, target: Target, name: &str) -> Option<Utf8PathBuf> {
        Some(self.0.get(&(binary.to_owned(), target))?.join(name))
    }
}

/// Brings these downloads.
///
/// Fails with every program that could not be fetched, by its name, and why.
pub fn run(downloads: &[Download], lookup: Lookup, dist: &DistFolder) -> Result<Brought> {
    let start = Instant::now();
    let cache = cache::dir()?;
    let mut record = Record::read(dist);
    let (mut wanting, mut fresh) = (vec![], 0);
    for download in downloads {
        protocol::touch(&protocol::cached(&cache, &download.sha256));
        if record.holds(dist, download) {
            fresh += 1;
            continue;
        }
        match take_from_cache(&cache, download, dist)? {
            true => record.add(dist, download)?,
            false => wanting.push(download),
        }
    }
    if !wanting.is_empty() {
        refuse_network(&wanting, lookup)?;
        let items = wanting.iter().map(|download| item(download, dist)).collect();
        fetch::get(&Request { cache, offline: lookup.offline, items }, lookup)?;
        wanting.iter().try_for_each(|download| record.add(dist, download))?;
    }
    record.write(dist)?;
    match downloads.len() {
        all if fresh == all => terminal::step("Fresh", format_args!("{all} prebuilt programs")),
        all => {
            terminal::step("Brought", format_args!("{all} prebuilt programs in {}", terminal::elapsed(start)))
        }
    }
    let place = |download: &Download| ((download.binary.clone(), download.cell.0), folder(dist, download));
    Ok(Brought(downloads.iter().map(place).collect()))
}

fn item(download: &Download, dist: &DistFolder) -> Item {
    Item {
        id: download.id(),
        url: download.address.clone(),
        sha256: Some(download.sha256.clone()),
        into: folder(dist, download),
        files: download.files.clone(),
    }
}

/// Takes the program from the cache, where the download is the program itself; what has to be unpacked is left to
/// `fetch`. A file of the cache that is not what its name says is left to it too.
fn take_from_cache(cache: &Utf8Path, download: &Download, dist: &DistFolder) -> Result<bool> {
    let [Wanted { member: None, name }] = download.files.as_slice() else { return Ok(false) };
    let Ok(bytes) = fs::read(protocol::cached(cache, &download.sha256)) else { return Ok(false) };
    let is_program = HostFile::parse(name, &bytes).is_program_for(download.cell.0.os);
    if !is_program || Digest::of(&bytes) != download.sha256 {
        return Ok(false);
    }
    dist.write_to(&folder(dist, download).join(name), &bytes)?;
    Ok(true)
}

/// Says what is missing before anything is built for it.
fn refuse_network(wanting: &[&Download], lookup: Lookup) -> Result<()> {
    let needs_network = |download: &&&Download| !download.is_cached && download.address.starts_with("http");
    let missing: String = wanting
        .iter()
        .filter(needs_network)
        .map(|download| format!("\n  {}: {}", download.id(), download.url))
        .collect();
    if lookup.offline && !missing.is_empty() {
        bail!("--offline, and the cache lacks prebuilt programs:{missing}\nrun once without --offline");
    }
    Ok(())
}
