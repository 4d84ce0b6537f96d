//! A digest of files and folders. Symbolic links are followed.

mod references;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use fs_err as fs;
use sha2::{Digest as _, Sha256};
use walkdir::{DirEntry, WalkDir};

use sixfold_base::dist_folder::DistFolder;
use sixfold_model::digest::Digest;
use sixfold_project::plan::Ui;

/// Folders whose content other files determine: packages, which lock files pin, and history.
const SKIPPED: [&str; 2] = ["node_modules", ".git"];

/// Collects texts, and names and contents of files.
#[derive(Default)]
pub(crate) struct Fingerprint {
    hasher: Sha256,
    /// Folders that are not read, without symbolic links.
    excluded: Vec<PathBuf>,
    /// Folders and referenced files that have been read, without symbolic links. This also ends loops of links.
    seen: BTreeSet<PathBuf>,
    /// The folder relative to which commands find files. If there is one, texts are searched for paths.
    base: Option<PathBuf>,
    /// The paths that were found in texts.
    references: BTreeSet<PathBuf>,
}

impl Fingerprint {
    /// For the sources of a UI: leaves out the output of its build, and the target directory of cargo.
    pub(crate) fn of_sources(ui: &Ui, dist: &DistFolder) -> Self {
        let excluded = [Some(ui.output.as_path()), dist.path().parent()].into_iter().flatten();
        let excluded = excluded.filter_map(|path| fs::canonicalize(path).ok()).collect();
        Self { excluded, base: fs::canonicalize(&ui.dir).ok(), ..Self::default() }
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds a file, or a folder with everything in it and everything that its symbolic links point to.
    pub(crate) fn path(&mut self, path: &Path) -> Result<()> {
        if !path.is_dir() {
            return self.file(path);
        }
        let mut waiting = vec![fs::canonicalize(path)?];
        while let Some(folder) = waiting.pop() {
            if self.seen.insert(folder.clone()) {
                self.folder(&folder, &mut waiting)?;
            }
        }
        Ok(())
    }

    /// Adds what the texts read so far refer to outside of the UI's folder, and what the added texts refer to.
    pub(crate) fn references(&mut self) -> Result<()> {
        let Some(base) = self.base.clone() else { return Ok(()) };
        while let Some(path) = self.references.pop_first() {
            let is_package = path.components().any(|part| part.as_os_str() == "node_modules");
            if let Ok(path) = fs::canonicalize(path)
                && !path.starts_with(&base)
                && !is_package
            {
                self.reference(&path, &base)?;
            }
        }
        Ok(())
    }

    /// Adds a file with its folder, because the file may refer to others there, or adds a folder. Of a folder that contains
    /// the UI, only the files directly in it are added.
    fn reference(&mut self, path: &Path, base: &Path) -> Result<()> {
        let is_file = path.is_file();
        if is_file && self.seen.insert(path.to_owned()) {
            self.file(path)?;
        }
        let folder = if is_file { path.parent().unwrap_or(path) } else { path };
        if base.starts_with(folder) {
            return if is_file || !self.seen.insert(folder.to_owned()) {
                Ok(())
            } else {
                self.files_of(folder)
            };
        }
        let is_excluded = self.excluded.iter().any(|excluded| folder.starts_with(excluded));
        if is_excluded { Ok(()) } else { self.path(folder) }
    }

    /// Adds the files directly in a folder.
    fn files_of(&mut self, folder: &Path) -> Result<()> {
        let mut files: Vec<_> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
        files.sort();
        files.iter().filter(|path| path.is_file()).try_for_each(|path| self.file(path))
    }

    pub(crate) fn finish(self) -> Digest {
        Digest::finish(self.hasher)
    }

    /// Adds the files in a folder, and puts the folders that links point to into `waiting`.
    fn folder(&mut self, folder: &Path, waiting: &mut Vec<PathBuf>) -> Result<()> {
        let excluded = self.excluded.clone();
        let is_read = |entry: &DirEntry| entry.depth() == 0 || !is_skipped(entry, &excluded);
        for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_read) {
            let entry = entry.with_context(|| format!("cannot read the folder {}", folder.display()))?;
            let kind = entry.file_type();
            if kind.is_symlink() && entry.path().is_dir() {
                let target = fs::canonicalize(entry.path())?;
                self.bytes(entry.path().as_os_str().as_encoded_bytes());
                self.bytes(target.as_os_str().as_encoded_bytes());
                if !self.excluded.contains(&target) {
                    waiting.push(target);
                }
            } else if kind.is_symlink() || kind.is_file() {
                self.file(entry.path())?;
            }
        }
        Ok(())
    }

    /// Adds the name and the content of a file. Of a link to nowhere, such as an editor's lock, it adds the link's text;
    /// sockets and pipes have no content.
    fn file(&mut self, path: &Path) -> Result<()> {
        let content = match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => fs::read(path)?,
            Ok(_) => Vec::new(),
            Err(_) => {
                let target = fs::read_link(path)?;
                target.into_os_string().into_encoded_bytes()
            }
        };
        self.bytes(path.as_os_str().as_encoded_bytes());
        self.bytes(&content);
        if let Some(base) = &self.base {
            self.references.extend(references::find(&content, path, base));
        }
        Ok(())
    }

    /// Each text has its length in front, so that no two sequences of texts look the same.
    fn bytes(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes.len().to_le_bytes());
        self.hasher.update(bytes);
    }
}

fn is_skipped(entry: &DirEntry, excluded: &[PathBuf]) -> bool {
    entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name))
        || excluded.iter().any(|path| path == entry.path())
}
