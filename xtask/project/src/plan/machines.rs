//! Which cells this machine builds, and which it takes from folders that others have written. Nothing in such a folder is trusted: it
//! has to match the plan.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use walkdir::WalkDir;

use sixfold_model::digest::Digest;
use sixfold_model::stage as layout;

use super::matrix::PlannedCell;
use crate::machines::{COPY_AGAIN, Entry, MANIFEST, Manifest, Only, Taken};

/// Keeps the cells that are built from source and that `only` names. Fails if one of these values names none.
pub(super) fn choose(cells: &mut Vec<PlannedCell>, only: &[Only]) -> Result<()> {
    cells.retain(PlannedCell::is_from_source);
    for one in only {
        ensure!(
            cells.iter().any(|cell| one.matches(cell.os, cell.arch)),
            "--only {one} names no binary that is built from source\n\
             help: third-party binaries and files need no other machine; `plan` shows all cells"
        );
    }
    cells.retain(|cell| only.iter().any(|one| one.matches(cell.os, cell.arch)));
    Ok(())
}

/// Marks the cells that each folder has as taken from it.
///
/// Fails when a folder is of another plan, has a cell that the plan or another folder has not or has, lacks a file or has one
/// that its manifest does not name.
pub(super) fn take(cells: &mut [PlannedCell], folders: &[Utf8PathBuf], plan: &Digest) -> Result<()> {
    folders.iter().try_for_each(|folder| take_folder(cells, folder, plan))
}

fn take_folder(cells: &mut [PlannedCell], folder: &Utf8Path, plan: &Digest) -> Result<()> {
    let mut sizes = list(folder)?;
    let manifest = Manifest::read(folder)?;
    ensure!(
        manifest.plan == *plan,
        "{folder} is from another plan: {}, not {plan}\n\
         help: use the same sources, versions of Rust and Sixfold, and --profile on every machine",
        manifest.plan
    );
    for entry in manifest.files {
        take_cell(cells, folder, entry, &mut sizes)?;
    }
    match sizes.keys().next() {
        Some(path) => bail!("{folder} has {path}, which its manifest does not name\n{COPY_AGAIN}"),
        None => Ok(()),
    }
}

fn take_cell(
    cells: &mut [PlannedCell],
    folder: &Utf8Path,
    entry: Entry,
    sizes: &mut BTreeMap<String, u64>,
) -> Result<()> {
    let Entry { path, target, size, sha256 } = entry;
    let is_it = |cell: &&mut PlannedCell| {
        layout::cell(&cell.cell()) == path && cell.target == target && cell.is_from_source()
    };
    let Some(cell) = cells.iter_mut().find(is_it) else {
        bail!(
            "the manifest in {folder} has `{}` for {target}, which the plan does not build\n\
             help: pass the same --platform on every machine, or build the folder again",
            path.escape_debug()
        );
    };
    if let Some(other) = &cell.from {
        bail!(
            "{} and {folder} both have {path}\nhelp: leave out one of them, or build it again with another --only",
            other.folder
        );
    }
    match sizes.remove(&path) {
        None => bail!("{folder} lacks {path}, which its manifest names\n{COPY_AGAIN}"),
        Some(found) if found != size => {
            bail!("{folder}/{path} has {found} bytes, but its manifest says {size}\n{COPY_AGAIN}")
        }
        Some(_) => {}
    }
    cell.from = Some(Taken { folder: folder.to_owned(), file: folder.join(path), size, sha256 });
    Ok(())
}

/// The files in the folder other than the manifest, with their sizes. Fails for what is neither a file nor a folder.
fn list(folder: &Utf8Path) -> Result<BTreeMap<String, u64>> {
    const HELP: &str = "help: name a folder that `dist --only` wrote";
    ensure!(folder.is_dir(), "{folder} is not a folder\n{HELP}");
    let mut files = BTreeMap::new();
    // With a slash, a link to the folder is followed.
    for entry in WalkDir::new(folder.join("")).min_depth(1) {
        let entry = entry.with_context(|| format!("cannot read {folder}\n{HELP}"))?;
        let path = Utf8Path::from_path(entry.path()).context("a file's name is not UTF-8")?;
        let relative = path.strip_prefix(folder)?.as_str().replace('\\', "/");
        match entry.file_type() {
            kind if kind.is_dir() => {}
            kind if kind.is_file() => drop(files.insert(relative, entry.metadata()?.len())),
            _ => bail!("{path} is neither a file nor a folder\n{COPY_AGAIN}"),
        }
    }
    files.remove(MANIFEST);
    Ok(files)
}
