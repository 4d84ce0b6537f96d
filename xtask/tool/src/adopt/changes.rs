//! The files that change, and how they are written.

use std::io::Write as _;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use fs_err as fs;
use sixfold_base::files::{PartialFile, commit_all};
use sixfold_base::{git, process};
use sixfold_inspect::check::fix::FixedFile;
use sixfold_inspect::check::source::Source;

use super::sources::Sources;

/// The end of the names of copies.
const OLD: &str = "before-adopt";

#[derive(Default)]
pub(super) struct Changes(pub Vec<FixedFile>);

impl Changes {
    /// The new text of a file, which may not exist yet. Fails if the file is a link out of the repository.
    pub(super) fn set(&mut self, sources: &Sources, name: &str, text: String) -> Result<()> {
        let source = sources.read(name)?.unwrap_or_else(|| Source::new(name, ""));
        if source.text != text {
            self.0.push(FixedFile { source, text });
        }
        Ok(())
    }

    /// Adds a line to an ignore file, unless it has it in one of its forms.
    pub(super) fn ignore(&mut self, sources: &Sources, name: &str, folder: &str) -> Result<()> {
        let text = sources.read(name)?.map(|source| source.text).unwrap_or_default();
        if text.lines().any(|line| line.trim().trim_matches('/') == folder) {
            return Ok(());
        }
        let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
        self.set(sources, name, format!("{text}{gap}/{folder}\n"))
    }

    /// Writes all files. With `force`, first copies those that git may not be able to restore.
    ///
    /// Fails, without `force`, if something in the repository is not committed.
    pub(super) fn write(&self, root: &Utf8Path, force: bool) -> Result<()> {
        match force {
            false => must_be_committed(root)?,
            true => self.0.iter().try_for_each(|change| copy(root, &change.source.name))?,
        }
        commit_all(self.0.iter().map(|change| begin(root, change)).collect::<Result<_>>()?)?;
        Ok(())
    }
}

/// Writes the new text under a temporary name.
fn begin(root: &Utf8Path, change: &FixedFile) -> Result<PartialFile> {
    let path = root.join(&change.source.name);
    // If the file is a symbolic link, its target is replaced and the link stays.
    let path = if path.exists() { path.canonicalize_utf8()? } else { path };
    let mut file = PartialFile::create(&path)?;
    file.write_all(change.content().as_bytes())?;
    if path.exists() {
        file.file().set_permissions(fs::metadata(&path)?.permissions())?;
    }
    Ok(file)
}

/// Keeps the old content of a file beside it.
fn copy(root: &Utf8Path, name: &str) -> Result<()> {
    let (path, old) = (root.join(name), root.join(format!("{name}.{OLD}")));
    if !path.is_file() {
        return Ok(());
    }
    ensure!(
        !old.exists(),
        "{old} exists already\nhelp: it is from an earlier `adopt`: move it away, or commit your changes"
    );
    fs::copy(&path, &old).with_context(|| format!("cannot copy {path}"))?;
    Ok(())
}

fn must_be_committed(root: &Utf8Path) -> Result<()> {
    let mut status = git::command(root);
    status.args(["status", "--porcelain", "--", "."]);
    let status = process::capture(status, "ask git what is not committed")
        .context("git is needed to undo the changes\nhelp: install it, or pass --force to keep copies of the old files")?;
    if !status.status.success() {
        bail!(
            "{root} is not in a git repository, so the changes could not be undone\n\
               help: run `git init`, and commit everything, or pass --force to keep copies of the old files"
        );
    }
    let changed = status.stdout.trim_end();
    ensure!(
        changed.is_empty(),
        "these files have changes that are not committed, so the changes could not be undone:\n{changed}\n\
         help: commit them first, or pass --force to keep copies of the old files"
    );
    Ok(())
}
