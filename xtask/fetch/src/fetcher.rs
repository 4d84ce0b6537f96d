//! Fetches an item: from its address to its files.

use std::convert::Infallible;
use std::fs::File;
use std::io::Read as _;

use anyhow::{Context as _, Result, anyhow, ensure};
use camino::Utf8Path;
use sixfold_base::pool;
use sixfold_model::digest::Digest;
use sixfold_project::prebuilt::protocol::{Event, Item, Unpacked};

use crate::archive;
use crate::blob::Blob;
use crate::cache::{Cache, Entry};
use crate::checksums;
use crate::reporter::Reporter;
use crate::source::{Address, Source, is_secure};
use crate::web::{self, Client, Policy, Redirects};

/// How many items are fetched at a time. More would only share the same bandwidth.
const WORKERS: usize = 4;

pub(crate) struct Fetcher {
    cache: Cache,
    client: Client,
    offline: bool,
}

/// An item whose download is verified and whose files are written.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// Of the download.
    pub(crate) sha256: Digest,
    /// Of the download, in bytes.
    pub(crate) size: u64,
    /// True if the network was not used.
    pub(crate) cached: bool,
    /// In the order of [`Item::files`].
    pub(crate) files: Vec<Unpacked>,
}

impl Fetcher {
    /// `cache` is the tool's cache folder. With `offline`, anything that needs the network fails.
    pub(crate) fn new(cache: &Utf8Path, offline: bool, policy: Policy) -> Result<Self> {
        Ok(Self { cache: Cache::open(cache)?, client: Client::new(policy), offline })
    }

    /// Fetches all items, several at a time, and returns the results in the order of the items. `send` receives the
    /// events of each item while it is fetched, and its result as an event.
    pub(crate) fn fetch_all(&self, items: &[Item], send: &(dyn Fn(Event) + Sync)) -> Vec<Result<Fetched>> {
        // One item that fails does not stop the others.
        let Ok(results) = pool::map(items, WORKERS, |item| {
            let result = self.fetch(item, &mut Reporter::new(&item.id, send));
            send(result_event(item, &result));
            Ok::<_, Infallible>(result)
        });
        results
    }

    fn fetch(&self, item: &Item, reporter: &mut Reporter<'_>) -> Result<Fetched> {
        let source = Source::parse(&item.url)?;
        let (blob, cached) = match &source {
            Source::Web(address) => self.cached_or_downloaded(address, item.sha256.as_ref(), reporter)?,
            Source::File(path) => (read_file(path, item.sha256.as_ref())?, true),
        };
        let (sha256, size) = (blob.digest.clone(), blob.size);
        let files = archive::unpack(blob, &item.files, &item.into)
            .with_context(|| format!("cannot unpack {source}"))?;
        Ok(Fetched { sha256, size, cached, files })
    }

    /// Reads a publisher's list of digests.
    pub(crate) fn read_list(&self, url: &str, reporter: &mut Reporter<'_>) -> Result<String> {
        match Source::parse(url)? {
            Source::File(path) => {
                let mut text = String::new();
                let file = File::open(&path).with_context(|| format!("cannot open {path}"))?;
                file.take(checksums::MAX_SIZE)
                    .read_to_string(&mut text)
                    .with_context(|| format!("cannot read {path}"))?;
                Ok(text)
            }
            Source::Web(address) => {
                ensure!(
                    !self.offline,
                    "cannot read {address} with --offline\nhelp: run the command without --offline"
                );
                require_secure(&address, None)?;
                web::read_list(&self.client, &address, reporter)
            }
        }
    }

    /// Returns the download, and whether it was in the cache.
    fn cached_or_downloaded(
        &self,
        address: &Address,
        sha256: Option<&Digest>,
        reporter: &mut Reporter<'_>,
    ) -> Result<(Blob, bool)> {
        require_secure(address, sha256)?;
        if let Some(Entry::Valid(blob)) = self.find(sha256)? {
            return Ok((blob, true));
        }
        ensure!(
            !self.offline,
            "{address} is not in the cache and cannot be downloaded with --offline\n\
             help: run the command once without --offline"
        );
        let _lock = sha256.map(|digest| self.cache.lock(digest)).transpose()?;
        // While this item waited for the lock, another item or another run may have downloaded the file.
        match self.find(sha256)? {
            Some(Entry::Valid(blob)) => return Ok((blob, true)),
            Some(Entry::Damaged) => reporter.note("the copy in the cache is damaged; downloading it again"),
            Some(Entry::Missing) | None => {}
        }
        Ok((self.download(address, sha256, reporter)?, false))
    }

    fn find(&self, sha256: Option<&Digest>) -> Result<Option<Entry>> {
        sha256.map(|digest| self.cache.find(digest)).transpose()
    }

    /// Downloads into the cache.
    fn download(
        &self,
        address: &Address,
        sha256: Option<&Digest>,
        reporter: &mut Reporter<'_>,
    ) -> Result<Blob> {
        let redirects = if sha256.is_some() { Redirects::Any } else { Redirects::SecureOnly };
        let file = self.cache.temporary_file()?;
        let read = |file: &File| Blob::read_verified(file.try_clone()?, sha256);
        let blob = web::download(&self.client, address, redirects, file.file().file(), reporter, read)?;
        self.cache.store(file, &blob.digest)?;
        reporter.downloaded(blob.size);
        Ok(blob)
    }
}

fn result_event(item: &Item, result: &Result<Fetched>) -> Event {
    let id = item.id.clone();
    match result {
        Ok(fetched) => Event::Done {
            id,
            sha256: fetched.sha256.clone(),
            size: fetched.size,
            cached: fetched.cached,
            files: fetched.files.clone(),
        },
        Err(error) => Event::Failed { id, message: format!("{error:#}") },
    }
}

fn read_file(path: &Utf8Path, sha256: Option<&Digest>) -> Result<Blob> {
    let file = File::open(path)
        .map_err(|error| anyhow!("cannot open {path}: {error}\nhelp: correct `url` in the configuration"))?;
    ensure!(file.metadata()?.is_file(), "{path} is not a file\nhelp: correct `url` in the configuration");
    Blob::read_verified(file, sha256).with_context(|| format!("cannot use {path}"))
}

/// Anyone on the network can change what plain http transfers, so there must be a digest to verify it with.
fn require_secure(address: &Address, sha256: Option<&Digest>) -> Result<()> {
    ensure!(
        sha256.is_some() || is_secure(address.uri()),
        "{address} is plain http, and there is no digest to verify the content with\nhelp: use https"
    );
    Ok(())
}
