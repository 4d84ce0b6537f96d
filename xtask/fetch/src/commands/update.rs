//! `fetch update`: brings every cell of prebuilt programs anew, and writes their digests into the project's Cargo.toml.
//!
//! Invariant: nothing is written unless every cell of every program asked for came, could be unpacked, and is what the
//! publisher's list of digests says, where the configuration names one.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::cache;
use sixfold_base::terminal;
use sixfold_inspect::check::fix::FixedFile;
use sixfold_inspect::check::source::Source;
use sixfold_model::config;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Platform, Target};
use sixfold_model::prebuilt::Prebuilt;
use sixfold_model::prebuilt::address::resolve;
use sixfold_model::prebuilt::by_cell::CellName;
use sixfold_model::prebuilt::template::Word;
use sixfold_model::values::BinaryName;
use sixfold_project::prebuilt::progress::Progress;
use sixfold_project::prebuilt::protocol::{Event, Item};

use crate::checksums;
use crate::fetcher::Fetcher;
use crate::manifest;
use crate::watch::Watch;
use crate::web::Patience;
use sixfold_base::program::TOOL;

const MANIFEST: &str = "Cargo.toml";

#[derive(clap::Args)]
pub struct Update {
    /// The folder of the project's Cargo.toml
    #[arg(long)]
    root: Utf8PathBuf,
    /// The program; default: all of them
    name: Option<String>,
    /// The version to change to
    #[arg(long, requires = "name", value_parser = |text: &str| Word::try_from(text.to_owned()))]
    version: Option<Word>,
}

/// A download, and what is known of it beside its bytes.
struct Cell {
    name: BinaryName,
    target: Target,
    item: Item,
    /// The publisher's list of digests, and what the download is called there.
    checksums: Option<(String, String)>,
}

impl Update {
    pub fn run(self) -> Result<()> {
        let source =
            Source::read(&self.root, MANIFEST)?.context("there is no Cargo.toml: name its folder")?;
        let programs = self.programs(&source)?;
        let scratch = tempfile::tempdir().context("cannot make a folder to unpack into")?;
        let scratch =
            Utf8Path::from_path(scratch.path()).context("the folder for temporary files is not UTF-8")?;
        let cells: Vec<_> =
            programs.iter().flat_map(|(name, prebuilt)| cells(name, prebuilt, &self.root, scratch)).collect();
        let digests = fetch(&cells)?;
        let mut text = source.text.clone();
        for (name, prebuilt) in &programs {
            let own = cells.iter().zip(&digests).filter(|(cell, _)| cell.name == *name);
            let own: BTreeMap<_, _> =
                own.map(|(cell, digest)| (CellName(cell.target), digest.clone())).collect();
            text = manifest::rewrite(&text, name, prebuilt.version.as_ref(), &own)?;
        }
        write(&self.root, FixedFile { source, text })
    }

    /// Those asked for, in the version asked for.
    fn programs(&self, source: &Source) -> Result<Vec<(BinaryName, Prebuilt)>> {
        let (config, _) = config::parse(&source.text)
            .with_context(|| format!("{}/{MANIFEST} cannot be used", self.root))?;
        let is_asked = |name: &BinaryName| self.name.as_ref().is_none_or(|asked| asked == name.as_str());
        let asked = config.prebuilt().filter(|(name, _)| is_asked(name));
        let programs = asked.map(|(name, prebuilt)| Ok((name.clone(), self.in_version(name, prebuilt)?)));
        let programs = programs.collect::<Result<Vec<_>>>()?;
        let all: Vec<_> = config.prebuilt().map(|(name, _)| name.as_str()).collect();
        match &self.name {
            _ if all.is_empty() => bail!("no prebuilt program is configured: docs/prebuilt.md shows how"),
            Some(name) if programs.is_empty() => {
                bail!("{name} is no prebuilt program of this project; they are {}", all.join(", "))
            }
            _ => Ok(programs),
        }
    }
}

impl Update {
    fn in_version(&self, name: &BinaryName, prebuilt: &Prebuilt) -> Result<Prebuilt> {
        let Some(version) = &self.version else { return Ok(prebuilt.clone()) };
        ensure!(
            prebuilt.version.is_some(),
            "{name} has no `version`, so no other one can be fetched: add it, and write {{version}} in `url`"
        );
        Ok(prebuilt.with_version(version.clone()))
    }
}

/// Each download of a program once, whichever platforms are built by default.
fn cells(name: &BinaryName, prebuilt: &Prebuilt, root: &Utf8Path, scratch: &Utf8Path) -> Vec<Cell> {
    let mut cells: Vec<Cell> = vec![];
    for given in prebuilt.given(&Platform::ALL) {
        if cells.iter().any(|cell| cell.target == given.target) {
            continue;
        }
        let id = format!("{name} {}", CellName(given.target));
        let url = resolve(&given.address, root);
        let file = url.split(['?', '#']).next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
        let checksums = prebuilt.checksums(given.target);
        cells.push(Cell {
            name: name.clone(),
            target: given.target,
            checksums: checksums.map(|address| (resolve(&address, root), file.to_owned())),
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

/// The digests of what came, in the order of the cells.
///
/// Fails with every cell that did not come, or is not what its publisher says.
fn fetch(cells: &[Cell]) -> Result<Vec<Digest>> {
    let fetcher = Fetcher::new(&cache::dir()?, false, Patience::default())?;
    let answers: Mutex<BTreeMap<String, Result<Digest, String>>> = Mutex::default();
    let progress = Mutex::new(Progress::new(Instant::now()));
    let hear = |event| {
        progress.lock().unwrap_or_else(PoisonError::into_inner).show(&event);
        let (id, answer) = match event {
            Event::Progress { .. } => return,
            Event::Done { id, sha256, .. } => (id, Ok(sha256)),
            Event::Failed { id, message } => (id, Err(message)),
        };
        answers.lock().unwrap_or_else(PoisonError::into_inner).insert(id, answer);
    };
    let items: Vec<_> = cells.iter().map(|cell| cell.item.clone()).collect();
    fetcher.get_all(&items, &hear);
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut lists = BTreeMap::new();
    let (mut digests, mut failed) = (vec![], String::new());
    for cell in cells {
        let answer = answers.remove(&cell.item.id).unwrap_or_else(|| Err("there is no answer".to_owned()));
        let checked = answer
            .map_err(anyhow::Error::msg)
            .and_then(|digest| compare(&fetcher, cell, &digest, &mut lists).map(|()| digest));
        match checked {
            Ok(digest) => digests.push(digest),
            Err(error) => failed.push_str(&format!("\n  {}: {error:#}", cell.item.id)),
        }
    }
    ensure!(
        failed.is_empty(),
        "nothing was written to Cargo.toml, because of{failed}\n\
         where a publisher has no program for a cell, say so with `skip` or `emulate`"
    );
    Ok(digests)
}

/// Fails unless the publisher's list says the same digest. `lists` keeps those that have been read.
fn compare(
    fetcher: &Fetcher,
    cell: &Cell,
    digest: &Digest,
    lists: &mut BTreeMap<String, String>,
) -> Result<()> {
    let Some((address, file)) = &cell.checksums else { return Ok(()) };
    if !lists.contains_key(address) {
        let mut watch = Watch::new(&cell.item.id, &|_| ());
        let text =
            fetcher.text(address, &mut watch).context("cannot read the publisher's list of digests")?;
        lists.insert(address.clone(), text);
    }
    let text = lists.get(address).map(String::as_str).unwrap_or_default();
    let published = checksums::find(text, file).context("the publisher's list of digests is of no use")?;
    ensure!(
        published == *digest,
        "the publisher's list says {}, and what came has {}",
        published.hex(),
        digest.hex()
    );
    Ok(())
}

/// Writes the file in one go, and shows what changed.
fn write(root: &Utf8Path, mended: FixedFile) -> Result<()> {
    if mended.text == mended.source.text {
        terminal::step("Fresh", format_args!("{MANIFEST}: every digest is what it was"));
        return Ok(());
    }
    mended.write(root)?;
    terminal::line(mended.diff().trim_end());
    terminal::step("Updated", format_args!("{MANIFEST}: `{TOOL} dist` builds with it"));
    Ok(())
}
