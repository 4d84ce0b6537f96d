//! Copies the built UI into the stage.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use fs_err as fs;
use walkdir::WalkDir;

use sixfold_inspect::inspection::file_names;
use sixfold_project::plan::StagedUi;

use super::copy;

/// Copies the UI. Symbolic links are errors: Windows needs a privilege to install them.
pub(super) fn stage(ui: &StagedUi, to: &Utf8Path) -> Result<()> {
    for entry in WalkDir::new(&ui.output).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        let path = Utf8Path::from_path(entry.path()).with_context(|| {
            format!("the name of {} is not UTF-8\nhelp: rename this file of the UI", entry.path().display())
        })?;
        must_be_portable(path)?;
        let target = to.join(path.strip_prefix(&ui.output)?);
        match entry.file_type() {
            kind if kind.is_dir() => fs::create_dir_all(target)?,
            kind if kind.is_file() => copy::file(path, &target, 0o644)?,
            kind if kind.is_symlink() => bail!(
                "{path} is a symbolic link, which cannot be installed on Windows\n\
                 help: let the build of the UI copy the file"
            ),
            _ => bail!(
                "{path} is neither a file nor a folder\nhelp: keep it out of the folder that the UI is built into"
            ),
        }
    }
    must_differ(&ui.output)?;
    let output = &ui.output;
    match &ui.src {
        Some(src) if !to.join(src.trim_start_matches('/')).is_file() => bail!(
            "{output}/{src} does not exist, but metadata.json names the page {src}\n\
             help: change \"src\" in metadata.json, or let the build of the UI make that page"
        ),
        _ => Ok(()),
    }
}

/// Fails for paths that differ only in case.
fn must_differ(output: &Utf8Path) -> Result<()> {
    let files = WalkDir::new(output).sort_by_file_name().into_iter().filter_map(Result::ok);
    let paths = files.filter_map(|entry| {
        let path = Utf8Path::from_path(entry.path())?.strip_prefix(output).ok()?;
        Some(path.as_str().to_owned())
    });
    let paths: Vec<_> = paths.collect();
    let pairs: Vec<_> = paths.iter().map(|path| (path.as_str(), path.as_str())).collect();
    match file_names::collisions(&pairs).first() {
        Some((path, message)) => {
            bail!("{output}/{path} {message}\nhelp: let the build of the UI choose another name")
        }
        None => Ok(()),
    }
}

/// Fails for names that have another meaning in a layer of an image, or on Windows, where hosts get the UI too.
fn must_be_portable(path: &Utf8Path) -> Result<()> {
    const HELP: &str = "help: let the build of the UI choose another name";
    let name = path.file_name().unwrap_or_default();
    if let Some(mistake) = file_names::mistake(name) {
        bail!("{path} {mistake}\n{HELP}");
    }
    if name.starts_with(".wh.") {
        bail!(
            "the name of {path} starts with .wh., which marks a removed file in a layer of an image\n{HELP}"
        );
    }
    Ok(())
}
