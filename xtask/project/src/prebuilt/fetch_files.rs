//! Puts the files of prebuilt binaries into the dist folder. They come from an earlier run, from the cache, or from the
//! fetch program.
//!
//! Invariant: every file comes from a download whose digest is the configured one.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Instant;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::cache;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::files;
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
        terminal::step("Fresh", binaries(all));
    } else {
        terminal::step("Fetched", format_args!("{} in {}", binaries(all), terminal::elapsed(start)));
    }
    let place = |download: &Download| ((download.binary.clone(), download.cell.0), folder(dist, download));
    Ok(FetchedFiles(downloads.iter().map(place).collect()))
}

fn binaries(count: usize) -> String {
    let ending = if count == 1 { "y" } else { "ies" };
    format!("{count} prebuilt binar{ending}")
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
    let mut bytes = vec![];
    let file = files::open_regular(&protocol::cached(cache, &download.sha256));
    if file.and_then(|mut file| file.read_to_end(&mut bytes)).is_err() {
        return Ok(false);
    }
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

#[cfg(test)]
mod tests {
    use fs_err as fs;
    use sixfold_judge::samples::elf;
    use sixfold_model::matrix::{Arch, HostOs};
    use sixfold_model::prebuilt::by_cell::CellName;

    use super::*;

    fn download_of(content: &[u8]) -> Download {
        Download {
            binary: "tool".to_owned(),
            version: None,
            cell: CellName(Target { os: HostOs::Linux, arch: Arch::Amd64 }),
            url: String::new(),
            sha256: Digest::of(content),
            is_cached: true,
            address: String::new(),
            files: vec![Wanted { member: None, name: "tool".to_owned() }],
        }
    }

    #[test]
    fn a_cached_binary_is_used_only_with_its_digest() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let dist = DistFolder::take(root.join("dist")).unwrap();
        let (binary, other) = (elf(Arch::Amd64, None, &[]), elf(Arch::Arm64, None, &[]));
        let download = download_of(&binary);
        let cached = protocol::cached(root, &download.sha256);
        let written = folder(&dist, &download).join("tool");
        assert!(!take_from_cache(root, &download, &dist).unwrap(), "the cache is empty");
        fs::create_dir_all(cached.parent().unwrap()).unwrap();
        fs::write(&cached, &other).unwrap();
        assert!(!take_from_cache(root, &download, &dist).unwrap(), "another binary has the name of this one");
        assert!(!written.exists());
        fs::write(&cached, &binary).unwrap();
        assert!(take_from_cache(root, &download, &dist).unwrap());
        assert_eq!(fs::read(written).unwrap(), binary);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_in_the_cache_does_not_block() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let dist = DistFolder::take(root.join("dist")).unwrap();
        let download = download_of(b"");
        let cached = protocol::cached(root, &download.sha256);
        fs::create_dir_all(cached.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&cached).status().unwrap().success());
        protocol::touch(&cached);
        assert!(!take_from_cache(root, &download, &dist).unwrap());
    }

    #[test]
    fn one_binary_is_not_several() {
        assert_eq!([binaries(1), binaries(2)], ["1 prebuilt binary", "2 prebuilt binaries"]);
    }
}
