//! An item from its source to its files.

use std::fs::File;
use std::io::Read as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use sixfold_model::digest::Digest;
use sixfold_project::prebuilt::protocol::{Event, Item, Unpacked};

use crate::archive;
use crate::cache::{Blob, Cache, Found, Partial};
use crate::source::{Address, Source, is_safe};
use crate::watch::Watch;
use crate::web::{self, Client, Patience, Way};
use sixfold_base::program::TOOL;

/// How many items are on their way at once. More would only share the same line.
const SIDE_BY_SIDE: usize = 4;
/// The largest local text, in bytes.
const TEXT: u64 = 4 << 20;

/// Brings items.
pub struct Fetcher {
    cache: Cache,
    client: Client,
    offline: bool,
}

/// An item that is here.
#[derive(Debug)]
pub struct Got {
    /// Of the download.
    pub sha256: Digest,
    /// Of the download, in bytes.
    pub size: u64,
    /// The network was not needed.
    pub cached: bool,
    /// In the order of [`Item::files`].
    pub files: Vec<Unpacked>,
}

impl Fetcher {
    /// `cache` is the tool's cache folder.
    pub fn new(cache: &Utf8Path, offline: bool, patience: Patience) -> Result<Self> {
        Ok(Self { cache: Cache::open(cache)?, client: Client::new(patience), offline })
    }

    /// Brings all items, some side by side, and sends an event whenever something happens to one.
    pub fn get_all(&self, items: &[Item], send: &(dyn Fn(Event) + Sync)) {
        let next = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..SIDE_BY_SIDE.min(items.len()) {
                scope.spawn(|| {
                    while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                        send(self.answer(item, send));
                    }
                });
            }
        });
    }

    fn answer(&self, item: &Item, send: &(dyn Fn(Event) + Sync)) -> Event {
        let id = item.id.clone();
        match self.get(item, &mut Watch::new(&item.id, send)) {
            Ok(Got { sha256, size, cached, files }) => Event::Done { id, sha256, size, cached, files },
            Err(error) => Event::Failed { id, message: format!("{error:#}") },
        }
    }

    /// Brings one item.
    pub fn get(&self, item: &Item, watch: &mut Watch<'_>) -> Result<Got> {
        let source = Source::parse(&item.url)?;
        let (blob, cached) = match &source {
            Source::Web(address) => self.download(address, item.sha256.as_ref(), watch)?,
            Source::File(path) => (read(path, item.sha256.as_ref())?, true),
        };
        let (sha256, size) = (blob.digest.clone(), blob.size);
        let files = archive::take(blob, &item.files, &item.into)
            .with_context(|| format!("cannot take the program out of {source}"))?;
        Ok(Got { sha256, size, cached, files })
    }

    /// A small text, such as a publisher's list of digests.
    pub fn text(&self, url: &str, watch: &mut Watch<'_>) -> Result<String> {
        match Source::parse(url)? {
            Source::File(path) => {
                let mut text = String::new();
                let file = File::open(&path).with_context(|| format!("cannot open {path}"))?;
                file.take(TEXT).read_to_string(&mut text).with_context(|| format!("cannot read {path}"))?;
                Ok(text)
            }
            Source::Web(address) => {
                ensure!(!self.offline, "--offline forbids to read {address}: run it without");
                must_be_safe(&address, None)?;
                web::text(&self.client, &address, watch)
            }
        }
    }

    /// The download, and whether it was in the cache.
    fn download(
        &self,
        address: &Address,
        sha256: Option<&Digest>,
        watch: &mut Watch<'_>,
    ) -> Result<(Blob, bool)> {
        must_be_safe(address, sha256)?;
        if let Some(blob) = self.kept(sha256, |_| {})? {
            return Ok((blob, true));
        }
        ensure!(
            !self.offline,
            "{address} is not in the cache, and --offline forbids to download it: run it once without"
        );
        let key = match sha256 {
            Some(digest) => digest.hex().to_owned(),
            None => format!("url-{}", address.fingerprint().hex()),
        };
        let partial = self.cache.partial(&key)?;
        // Another run, or another item, may have brought it while this one waited.
        if let Some(blob) = self.kept(sha256, |what| watch.note(what))? {
            return Ok((blob, true));
        }
        let blob = self.bring(address, sha256, &partial, watch)?;
        self.cache.keep(&partial, &blob.digest)?;
        watch.downloaded(blob.size);
        Ok((blob, false))
    }

    /// What the cache has, if it is sound.
    fn kept(&self, sha256: Option<&Digest>, note: impl FnOnce(&str)) -> Result<Option<Blob>> {
        let Some(digest) = sha256 else { return Ok(None) };
        match self.cache.find(digest)? {
            Found::Sound(blob) => Ok(Some(blob)),
            Found::Nothing => Ok(None),
            Found::Damaged => {
                note("what the cache has of it is damaged");
                Ok(None)
            }
        }
    }

    /// Downloads, and once more when the bytes are wrong and that may be due to how they came.
    fn bring(
        &self,
        address: &Address,
        sha256: Option<&Digest>,
        partial: &Partial,
        watch: &mut Watch<'_>,
    ) -> Result<Blob> {
        let way = if sha256.is_some() { Way::Any } else { Way::Safe };
        let mut is_second = false;
        loop {
            let arrival = web::download(&self.client, address, way, partial, watch)?;
            let mut blob = Blob::check(partial.open()?)?;
            let error = match must_be(&mut blob, sha256) {
                Ok(()) => return Ok(blob),
                Err(error) => error,
            };
            partial.forget();
            if arrival.in_one_piece || is_second {
                return Err(error).with_context(|| format!("{address} is not what it has to be"));
            }
            watch.note("the digest is wrong, perhaps because it came in pieces: downloading it as a whole");
            is_second = true;
        }
    }
}

fn read(path: &Utf8Path, sha256: Option<&Digest>) -> Result<Blob> {
    let file = File::open(path).with_context(|| format!("cannot open {path}: mend `url`"))?;
    ensure!(file.metadata()?.is_file(), "{path} is no file: mend `url`");
    let mut blob = Blob::check(file).with_context(|| format!("cannot read {path}"))?;
    must_be(&mut blob, sha256).with_context(|| format!("{path} is not what it has to be"))?;
    Ok(blob)
}

fn must_be(blob: &mut Blob, sha256: Option<&Digest>) -> Result<()> {
    match sha256 {
        Some(wanted) if *wanted == blob.digest => Ok(()),
        _ if blob.is_page()? => {
            bail!("it is a web page: mend `url`, and think of servers that answer so when they want a login")
        }
        None => Ok(()),
        Some(wanted) => bail!(
            "its SHA-256 digest is {}, and `sha256` says {}: if the publisher changed it, find out why, then run \
             `{TOOL} prebuilt update`",
            blob.digest.hex(),
            wanted.hex()
        ),
    }
}

/// Anybody on the way can change what plain http brings: something else has to vouch for it.
fn must_be_safe(address: &Address, sha256: Option<&Digest>) -> Result<()> {
    ensure!(
        sha256.is_some() || is_safe(address.uri()),
        "{address} is plain http, and no digest says what it has to be: use https"
    );
    Ok(())
}
