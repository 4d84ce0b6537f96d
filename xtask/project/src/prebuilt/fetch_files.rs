//! Puts the files of prebuilt binaries into the dist folder. They come from an earlier run, from the cache, or from the
//! fetch program.
//!
//! Invariant: every file comes from a download whose digest is the configured one.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::cache;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::terminal;
use sixfold_judge::HostFile;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Target;
use sixfold_model::prebuilt::wanted::Wanted;

use super::download::Download;
use super::fetch_program;
use super::protocol::{self, Item, Request};
use super::record::{Record, folder};

/// Where the files of prebuilt binaries are.
#[derive(Debug, Default)]
pub struct FetchedFiles(BTreeMap<(String, Target), Utf8PathBuf>);

impl FetchedFiles {
    /// The file `name` of the download for a target.
    pub fn get(&self, binary: &str, target: Target, name: &str) -> Option<Utf8PathBuf> {
        Some(self.0.get(&(binary.to_owned(), target))?.join(name))
    }
}

/// Puts the files of these downloads into the dist folder.
///
/// Fails with the name of every binary that cannot be fetched, and the reason.
pub fn fetch_files(downloads: &[Download], lookup: Lookup, dist: &DistFolder) -> Result<FetchedFiles> {
    let start = Instant::now();
    let cache = cache::dir()?;
    let mut record = Record::read(dist);
    let (mut wanted, mut fresh) = (vec![], 0);
    for download in downloads {
        protocol::touch(&protocol::cached(&cache, &download.sha256));
        if record.holds(dist, download) {
            fresh += 1;
        } else if take_from_cache(&cache, download, dist)? {
            record.add(dist, download)?;
        } else {
            wanted.push(download);
        }
    }
    if !wanted.is_empty() {
        check_offline(&wanted, lookup)?;
        let items = wanted.iter().map(|download| item(download, dist)).collect();
        fetch_program::get(&Request { cache, offline: lookup.offline, items }, lookup)?;
        wanted.iter().try_for_each(|download| record.add(dist, download))?;
    }
    record.write(dist)?;
    let all = downloads.len();
    if fresh == all {
        terminal::step("Fresh", format_args!("{all} prebuilt binaries"));
    } else {
        terminal::step("Fetched", format_args!("{all} prebuilt binaries in {}", terminal::elapsed(start)));
    }
    let place = |download: &Download| ((download.binary.clone(), download.cell.0), folder(dist, download));
    Ok(FetchedFiles(downloads.iter().map(place).collect()))
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

/// Copies the binary from the cache, if the download is the binary itself. Returns false for what the fetch program has to
/// do: archives, and files in the cache whose content does not match their name.
fn take_from_cache(cache: &Utf8Path, download: &Download, dist: &DistFolder) -> Result<bool> {
    let [Wanted { member: None, name }] = download.files.as_slice() else { return Ok(false) };
    let Ok(bytes) = fs::read(protocol::cached(cache, &download.sha256)) else { return Ok(false) };
    let is_binary = HostFile::parse(name, &bytes).is_program_for(download.cell.0.os);
    if !is_binary || Digest::of(&bytes) != download.sha256 {
        return Ok(false);
    }
    dist.write_to(&folder(dist, download).join(name), &bytes)?;
    Ok(true)
}

/// Fails early when the network is needed and may not be used.
fn check_offline(wanted: &[&Download], lookup: Lookup) -> Result<()> {
    let needs_network = |download: &&&Download| !download.is_cached && download.address.starts_with("http");
    let missing: String = wanted
        .iter()
        .filter(needs_network)
        .map(|download| format!("\n  {}: {}", download.id(), download.url))
        .collect();
    if lookup.offline && !missing.is_empty() {
        bail!(
            "--offline is given, and prebuilt binaries are missing in the cache:{missing}\n\
             help: run the command once without --offline"
        );
    }
    Ok(())
}
