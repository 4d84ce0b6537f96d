//! Third-party binaries that the extension ships: fetched as `dist` fetches them, but for this machine only.

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_model::matrix::{Platform, Target};
use sixfold_project::Project;
use sixfold_project::plan::prebuilt::{Place, downloads, taken};
use sixfold_project::prebuilt;

/// Fetches the binaries. Returns the name and the file of each.
pub(crate) fn fetch(
    project: &Project,
    machine: Target,
    lookup: Lookup,
    dist: &DistFolder,
) -> Result<Vec<(String, Utf8PathBuf)>> {
    let platforms = [Platform(machine.arch)];
    let mut wanted = downloads(project, &platforms, &prebuilt::held(project)?)?;
    wanted.retain(|download| download.cell.0.os == machine.os);
    let fetched =
        if wanted.is_empty() { prebuilt::Brought::default() } else { prebuilt::run(&wanted, lookup, dist)? };
    let mut files = Vec::new();
    for cell in project.cells(&platforms).iter().filter(|cell| cell.os == machine.os) {
        let Some(taken) = taken(project, cell) else { continue };
        let name = cell.file_name();
        let file = match taken.place {
            Place::Download(target) => fetched.get(&cell.binary, target, &name),
            Place::File(path) => Some(path),
        };
        files.push((name, file.with_context(|| format!("cannot find the downloaded file for {cell}"))?));
    }
    Ok(files)
}
