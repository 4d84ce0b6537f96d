//! The downloads of all cells of prebuilt binaries, for `prebuilt update`: they are fetched without a known digest, and
//! compared with the lists that publishers offer.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use sixfold_base::cache;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::prebuilt::Prebuilt;
use sixfold_model::prebuilt::address::resolve;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::values::BinaryName;
use sixfold_project::prebuilt::progress::Progress;
use sixfold_project::prebuilt::protocol::Item;

use crate::checksums;
use crate::fetcher::Fetcher;
use crate::reporter::Reporter;
use crate::web::Policy;

/// A binary for one target, and where to get it.
pub(crate) struct Cell {
    pub(crate) name: BinaryName,
    pub(crate) target: Target,
    item: Item,
    /// The address of the publisher's list of digests, and the name of the download in it.
    checksums: Option<(String, String)>,
}

/// The lists of digests that have been read, by address.
type Lists = BTreeMap<String, String>;

/// Every download of a binary, once each, for all platforms. `scratch` is a folder to unpack into.
pub(crate) fn of_binary(
    name: &BinaryName,
    prebuilt: &Prebuilt,
    root: &Utf8Path,
    scratch: &Utf8Path,
) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![];
    for given in prebuilt.given(&Platform::ALL) {
        if cells.iter().any(|cell| cell.target == given.target) {
            continue;
        }
        let id = format!("{name} {}", CellName(given.target));
        let url = resolve(&given.address, root);
        let checksums = prebuilt.checksums(given.target);
        cells.push(Cell {
            name: name.clone(),
            target: given.target,
            checksums: checksums.map(|address| (resolve(&address, root), file_name(&url).to_owned())),
            item: Item {
                into: scratch.join(id.replace(' ', "-")),
                files: given.wanted(name),
                id,
                url,
                sha256: None,
            },
        });
    }
    cells
}

fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Fetches the cells, and returns the digests of their downloads in the same order.
///
/// The error lists every cell that cannot be fetched, or does not match its publisher's list.
pub(crate) fn fetch(cells: &[Cell]) -> Result<Vec<Digest>> {
    let fetcher = Fetcher::new(&cache::dir()?, false, Policy::default())?;
    let progress = Mutex::new(Progress::new(Instant::now()));
    let items: Vec<_> = cells.iter().map(|cell| cell.item.clone()).collect();
    let results = fetcher.fetch_all(&items, &|event| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).show(&event);
    });
    let mut lists = Lists::new();
    let (mut digests, mut failures) = (vec![], String::new());
    for (cell, result) in cells.iter().zip(results) {
        match result.and_then(|fetched| cell.compare(fetched.sha256, &fetcher, &mut lists)) {
            Ok(digest) => digests.push(digest),
            Err(error) => {
                let indented = format!("{error:#}").replace('\n', "\n    ");
                failures.push_str(&format!("\n  {}: {indented}", cell.item.id));
            }
        }
    }
    ensure!(
        failures.is_empty(),
        "cannot update the configuration; it was not changed:{failures}\n\
         help: if a publisher has no binary for a cell, add the cell to `skip` or `emulate`"
    );
    Ok(digests)
}

impl Cell {
    /// Returns the digest if it is also the one in the publisher's list, or if there is no list.
    fn compare(&self, digest: Digest, fetcher: &Fetcher, lists: &mut Lists) -> Result<Digest> {
        let published =
            self.published(fetcher, lists).context("cannot use the publisher's list of digests")?;
        match published {
            Some(published) if published != digest => bail!(
                "the publisher's list says the SHA-256 digest is {}, but that of the download is {}",
                published.hex(),
                digest.hex()
            ),
            _ => Ok(digest),
        }
    }

    /// The digest in the publisher's list, if there is a list.
    fn published(&self, fetcher: &Fetcher, lists: &mut Lists) -> Result<Option<Digest>> {
        let Some((address, file)) = &self.checksums else { return Ok(None) };
        let list = match lists.entry(address.clone()) {
            Entry::Occupied(list) => list.into_mut(),
            Entry::Vacant(list) => {
                let mut reporter = Reporter::new(&self.item.id, &|_| ());
                list.insert(fetcher.read_list(address, &mut reporter)?)
            }
        };
        checksums::find(list, file).map(Some)
    }
}
