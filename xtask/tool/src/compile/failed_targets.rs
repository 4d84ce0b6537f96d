//! Which targets a run of cargo failed for. Cargo's messages do not say for which target they are.
//!
//! The wrapper around rustc reports its failures as files in a directory. Build scripts run without a wrapper; cargo keeps
//! the time of each run, and writes the output only after a success.

use std::collections::BTreeSet;
use std::time::SystemTime;

use anyhow::Result;
use camino::{Utf8DirEntry, Utf8Path, Utf8PathBuf};
use fs_err as fs;

use sixfold_base::scratch::Scratch;
use sixfold_model::matrix::Target;

/// Watches one run of cargo.
pub(super) struct FailedTargets {
    reports: Scratch,
    start: SystemTime,
}

impl FailedTargets {
    /// Call it before cargo starts.
    pub(super) fn watch() -> Result<Self> {
        let reports = Scratch::new()?;
        // The clock of the file system, which may be coarser than that of the process.
        fs::write(reports.path().join("start"), "")?;
        let start = fs::metadata(reports.path().join("start"))?.modified()?;
        Ok(Self { reports, start })
    }

    /// The directory for the wrapper's reports.
    pub(super) fn reports(&self) -> &Utf8Path {
        self.reports.path()
    }

    /// The targets of `all` for which rustc or a build script has failed since the start.
    pub(super) fn of(&self, all: BTreeSet<Target>, scripts: &[FailedScript]) -> BTreeSet<Target> {
        let has_failed = |target: &Target| {
            self.reports().join(target.triple()).exists() || scripts.iter().any(|it| it.target == *target)
        };
        all.into_iter().filter(has_failed).collect()
    }

    /// The build scripts that have started since the start and have not written their output.
    pub(super) fn scripts(&self, target_dir: &Utf8Path) -> Vec<FailedScript> {
        let mut failed = Vec::new();
        for target in Target::all() {
            let profiles = entries(&target_dir.join(target.triple()));
            let scripts = profiles.iter().flat_map(|profile| entries(&profile.join("build")));
            for script in scripts.filter(|script| has_failed(script, self.start)) {
                // Cargo appends a hash.
                let name = script.file_name().and_then(|name| name.rsplit_once('-'));
                failed.extend(name.map(|(name, _)| FailedScript { package: name.to_owned(), target }));
            }
        }
        failed
    }
}

/// A build script that failed.
#[derive(Debug)]
pub(super) struct FailedScript {
    pub(super) package: String,
    target: Target,
}

fn entries(dir: &Utf8Path) -> Vec<Utf8PathBuf> {
    dir.read_dir_utf8().into_iter().flatten().flatten().map(Utf8DirEntry::into_path).collect()
}

fn has_failed(script: &Utf8Path, start: SystemTime) -> bool {
    let modified = |name| fs::metadata(script.join(name)).and_then(|it| it.modified()).ok();
    let started = modified("invoked.timestamp").filter(|time| *time >= start);
    started.is_some_and(|started| modified("output").is_none_or(|end| end < started))
}
