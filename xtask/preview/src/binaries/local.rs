//! Host files that cargo does not compile: those that the author's commands have written, and those that ship as they are in the
//! project. They are looked at before each call, and built or copied again if they have changed.
//!
//! Commands whose `inputs` are not known ran when the preview started, and run again only with the others.

use std::collections::BTreeMap;
use std::time::SystemTime;

use anyhow::{Error, Result};
use camino::{Utf8Path, Utf8PathBuf};
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use walkdir::WalkDir;

use super::folder::BinaryFolder;

/// Runs the author's commands whose inputs have changed.
pub(crate) type BuildAll = std::sync::Arc<dyn Fn() -> Result<()> + Send + Sync>;

/// When a file was written, and its length.
type State = Option<(SystemTime, u64)>;
/// The files below the inputs.
type Inputs = BTreeMap<Utf8PathBuf, State>;

pub(crate) struct LocalFiles {
    /// By the names in the folder of host binaries.
    built: BTreeMap<String, Utf8PathBuf>,
    shipped: BTreeMap<String, Utf8PathBuf>,
    /// The files and folders that the commands read, as far as they are known.
    inputs: Vec<Utf8PathBuf>,
    build: BuildAll,
    state: Mutex<Known>,
}

struct Known {
    inputs: Inputs,
    /// The files as they were copied.
    copied: BTreeMap<String, State>,
}

impl LocalFiles {
    /// The commands run after this.
    pub(crate) fn new(
        built: BTreeMap<String, Utf8PathBuf>,
        shipped: BTreeMap<String, Utf8PathBuf>,
        inputs: Vec<Utf8PathBuf>,
        build: BuildAll,
    ) -> Self {
        let known = Known { inputs: read(&inputs), copied: BTreeMap::new() };
        Self { built, shipped, inputs, build, state: Mutex::new(known) }
    }

    /// Copies all files into the folder.
    pub(super) fn install(&self, folder: &BinaryFolder) -> Result<()> {
        let mut known = self.state.try_lock()?;
        let mut files = self.built.iter().chain(&self.shipped);
        files.try_for_each(|(name, file)| known.copy(name, file, folder))
    }

    /// Updates the file with this name in the folder. Fails if a command fails; the next call runs it again.
    pub(super) async fn refresh(&self, name: &str, folder: &BinaryFolder) -> Result<()> {
        let Some(file) = self.built.get(name).or_else(|| self.shipped.get(name)) else { return Ok(()) };
        let mut known = self.state.lock().await;
        // Read before the commands run: what is edited meanwhile counts as changed.
        let inputs = read(&self.inputs);
        if self.built.contains_key(name) && inputs != known.inputs {
            let build = self.build.clone();
            spawn_blocking(move || build()).await.map_err(Error::from).flatten()?;
            known.inputs = inputs;
        }
        known.copy(name, file, folder)
    }
}

impl Known {
    /// Copies a file into the folder if it has changed.
    fn copy(&mut self, name: &str, file: &Utf8Path, folder: &BinaryFolder) -> Result<()> {
        let state = state(file);
        if state.is_none() || self.copied.get(name) != Some(&state) {
            folder.install(name, file)?;
            self.copied.insert(name.to_owned(), state);
        }
        Ok(())
    }
}

/// The folders that `inputs` does not look at either.
fn is_source(entry: &walkdir::DirEntry) -> bool {
    !matches!(entry.file_name().to_str(), Some("node_modules" | ".git"))
}

fn read(inputs: &[Utf8PathBuf]) -> Inputs {
    let entries = inputs.iter().flat_map(|input| WalkDir::new(input).into_iter().filter_entry(is_source));
    let files =
        entries.filter_map(Result::ok).filter_map(|entry| Utf8PathBuf::try_from(entry.into_path()).ok());
    files.map(|file| (file.clone(), state(&file))).collect()
}

fn state(file: &Utf8Path) -> State {
    let metadata = file.metadata().ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
