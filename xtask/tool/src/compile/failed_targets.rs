//! Which targets a run of cargo failed for. Cargo's messages do not say for which target they are.
//!
//! The wrapper around rustc reports its failures as files in a directory. Build scripts run without a wrapper; cargo keeps
//! the time of each run, and writes the output only after a success.

use std::collections::BTreeSet;
use std::time::SystemTime;

use anyhow::Result;
use camino::Utf8Path;
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
    pub(super) fn of(&self, all: BTreeSet<Target>, target_dir: &Utf8Path) -> BTreeSet<Target> {
        let has_failed = |target: &Target| {
            self.reports().join(target.triple()).exists()
                || script_failed(&target_dir.join(target.triple()), self.start)
        };
        all.into_iter().filter(has_failed).collect()
    }
}

/// True if a build script below `PROFILE/build/` has started since then, and has not written its output.
fn script_failed(dir: &Utf8Path, start: SystemTime) -> bool {
    let entries =
        |dir: &Utf8Path| dir.read_dir_utf8().into_iter().flatten().flatten().map(|it| it.into_path());
    let modified = |path: &Utf8Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    let scripts = entries(dir).flat_map(|profile| entries(&profile.join("build")).collect::<Vec<_>>());
    scripts.into_iter().any(|script| {
        let started = modified(&script.join("invoked.timestamp")).filter(|time| *time >= start);
        started.is_some_and(|started| modified(&script.join("output")).is_none_or(|end| end < started))
    })
}
