//! Compiles the host binaries for this machine with its own toolchain: once at the start, and again at a call if their
//! sources have changed.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Error, Result};
use sixfold_model::matrix::HostOs;
use sixfold_model::values::BinaryName;
use sixfold_project::Project;
use tokio::sync::Mutex;

use super::cargo::{Cargo, NotBuilt};
use super::folder::BinaryFolder;
use super::sources::Sources;

/// After a failed build, calls within this time get the same error instead of a new build.
const RETRY: Duration = Duration::from_secs(1);

/// The binaries that are built from source, and the state of their last build.
pub struct Build {
    cargo: Arc<Cargo>,
    os: HostOs,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When the last build started.
    started: Option<Instant>,
    /// For each binary, the sources that were compiled, or why it was not built.
    results: BTreeMap<String, Result<Sources, NotBuilt>>,
    /// The diagnostics that the terminal shows already.
    shown: HashSet<String>,
}

impl Build {
    /// Returns `None` if no host binary for this system is built from source.
    pub(crate) fn new(project: &Project, os: HostOs, profile: &str) -> Option<Self> {
        let hosts = |name: &BinaryName| {
            project.config.binaries.get(name).is_some_and(|binary| binary.hosts().contains(&os))
        };
        let cargo = Arc::new(Cargo::new(project, hosts, profile)?);
        Some(Self { cargo, os, state: Mutex::default() })
    }

    /// The build of the backend. `None` if cargo does not build it.
    pub(crate) fn of_backend(project: &Project, os: HostOs, profile: &str) -> Option<(String, Self)> {
        let name = &project.config.backend.as_ref()?.name;
        let cargo = Arc::new(Cargo::new(project, |other| other == name, profile)?);
        Some((name.to_string(), Self { cargo, os, state: Mutex::default() }))
    }

    /// True if it builds the binary with this file name.
    pub(super) fn builds(&self, file: &str) -> bool {
        self.cargo.binaries.contains_key(self.name(file))
    }

    fn name<'a>(&self, file: &'a str) -> &'a str {
        file.strip_suffix(self.os.exe_suffix()).unwrap_or(file)
    }

    /// Updates the binary with this file name in the folder if its sources have changed. When several callers wait, one of
    /// them compiles and all get its result. Fails with the compiler's errors if this binary cannot be built.
    pub(super) async fn refresh(&self, file: &str, folder: &BinaryFolder) -> Result<()> {
        let (called, name) = (Instant::now(), self.name(file));
        // Set only after a build: if this caller goes away while it waits, the next one takes over.
        let mut state = self.state.lock().await;
        if !state.is_fresh(name, called) {
            self.build(&mut state, folder).await?;
        }
        match state.results.get(name) {
            Some(Err(error)) => Err(error.clone().into()),
            _ => Ok(()),
        }
    }

    /// Builds all binaries. Returns the names of those that cannot be built.
    pub(super) async fn refresh_all(&self, folder: &BinaryFolder) -> Result<Vec<String>> {
        let mut state = self.state.lock().await;
        self.build(&mut state, folder).await?;
        let broken = state.results.iter().filter(|(_, result)| result.is_err());
        Ok(broken.map(|(name, _)| name.clone()).collect())
    }

    /// Waits until no build is running. Cargo runs one build at a time, and the host binaries must not wait for the backend,
    /// which takes longer.
    pub(super) async fn ended(&self) {
        drop(self.state.lock().await);
    }

    async fn build(&self, state: &mut State, folder: &BinaryFolder) -> Result<()> {
        let (started, cargo) = (Instant::now(), self.cargo.clone());
        let mut shown = std::mem::take(&mut state.shown);
        let run = tokio::task::spawn_blocking(move || cargo.run(&mut shown).map(|built| (built, shown)));
        let (built, shown) = run.await.map_err(Error::from).flatten()?;
        let mut results = BTreeMap::new();
        for (name, built) in built {
            let result = match built {
                Ok((file, sources)) => {
                    folder.install(&format!("{name}{}", self.os.exe_suffix()), &file)?;
                    Ok(sources)
                }
                Err(error) => Err(error),
            };
            results.insert(name, result);
        }
        *state = State { started: Some(started), results, shown };
        Ok(())
    }
}

impl State {
    /// True if the result for this binary is still valid for a call at this time.
    fn is_fresh(&self, name: &str, called: Instant) -> bool {
        let Some(started) = self.started else { return false };
        match self.results.get(name) {
            Some(Ok(sources)) => started >= called || !sources.have_changed(),
            Some(Err(_)) => started >= called || started.elapsed() < RETRY,
            None => false,
        }
    }
}
