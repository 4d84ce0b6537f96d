//! Third-party binaries that the extension ships: fetched as `dist` fetches them, but for this machine only.

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{Platform, Target};
use sixfold_project::Project;
use sixfold_project::prebuilt::fetch_files::{FetchedFiles, fetch_files};
use sixfold_project::prebuilt::{Place, cached_digests, downloads, source};

/// Fetches the binaries. Returns the name and the file of each.
pub(crate) fn fetch(
    project: &Project,
    machine: Target,
    lookup: Lookup,
    dist: &DistFolder,
) -> Result<Vec<(String, Utf8PathBuf)>> {
    let platforms = [Platform(machine.arch)];
    let cells: Vec<_> = project.cells(&platforms).into_iter().filter(|cell| cell.os == machine.os).collect();
    let mut wanted = downloads(project, &platforms, &cached_digests(project)?)?;
    // A backend is for Linux, too, but the preview does not run one that is prebuilt.
    let is_here = |name: &String| cells.iter().any(|cell| cell.binary == *name);
    wanted.retain(|download| download.cell.0.os == machine.os && is_here(&download.binary));
    let fetched =
        if wanted.is_empty() { FetchedFiles::default() } else { fetch_files(&wanted, lookup, dist)? };
    let mut files = Vec::new();
    for cell in &cells {
        let Some(taken) = source(project, cell) else { continue };
        let name = cell.file_name();
        let file = match taken.place {
            Place::Download(target) => fetched.get(&cell.binary, target, &name),
            Place::File(path) => Some(path),
        };
        files.push((name, file.with_context(|| format!("cannot find the downloaded file for {cell}"))?));
    }
    Ok(files)
}
