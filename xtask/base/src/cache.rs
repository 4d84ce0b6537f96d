//! The tool's own cache folder, shared by all projects of a user: zig, what zig has compiled, the stubs, downloads, and
//! folders for temporary files.
//!
//! Invariant: a folder that [`once`] has made is complete if it has its final name.

use std::env;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::files::{self, PARTIAL};
use crate::lock;

/// The environment variable that names another cache folder, for instance one that a CI service keeps between runs.
pub const VARIABLE: &str = "SIXFOLD_CACHE";

/// The cache folder: `$SIXFOLD_CACHE`, or `sixfold` in the cache folder of the operating system. It need not exist.
///
/// Fails when the operating system does not name a cache folder, and when the path is not UTF-8.
pub fn dir() -> Result<Utf8PathBuf> {
    if let Some(dir) = env::var_os(VARIABLE).filter(|dir| !dir.is_empty()) {
        let dir = Utf8PathBuf::try_from(PathBuf::from(dir))
            .with_context(|| format!("the value of {VARIABLE} is not UTF-8"))?;
        return camino::absolute_utf8(&dir).with_context(|| format!("{VARIABLE}={dir} is not a usable path"));
    }
    let base = dirs::cache_dir().with_context(|| {
        format!("this system does not name a cache folder\nhelp: set {VARIABLE} to a folder")
    })?;
    let base = Utf8PathBuf::try_from(base).with_context(|| {
        format!("the path of the cache folder is not UTF-8\nhelp: set {VARIABLE} to another folder")
    })?;
    Ok(base.join("sixfold"))
}

/// Makes a folder of the cache, unless it exists and `is_complete`. `make` fills it under a temporary name.
///
/// Runs at the same time wait for each other, and the second one uses what the first has made. What a killed run left of
/// this folder, or of those beside it, is removed.
pub fn once(
    dir: &Utf8Path,
    is_complete: impl Fn(&Utf8Path) -> bool,
    make: impl FnOnce(&Utf8Path) -> Result<()>,
) -> Result<()> {
    if is_complete(dir) {
        return Ok(());
    }
    let parent = dir.parent().with_context(|| format!("{dir} has no parent folder"))?;
    fs::create_dir_all(parent).with_context(|| {
        format!("cannot write to the cache folder\nhelp: let the tool write there, or set {VARIABLE} to another folder")
    })?;
    let (_lock, _) = lock::wait(&lock::lock_of(dir), dir)?;
    if is_complete(dir) {
        return Ok(());
    }
    let partial = files::partial(dir);
    files::remove(&partial)?;
    remove_leftovers(parent);
    fs::create_dir(&partial)?;
    let made = make(&partial).and_then(|()| Ok(files::commit_dir(&partial, dir)?));
    if made.is_err() {
        // It may contain hundreds of megabytes. The error is more important than what cannot be removed.
        let _ = files::remove(&partial);
    }
    made
}

/// Removes the unfinished folders that no run is working on.
fn remove_leftovers(parent: &Utf8Path) {
    for entry in parent.read_dir_utf8().into_iter().flatten().flatten() {
        if let Some(dir) = entry.path().as_str().strip_suffix(PARTIAL)
            && let Ok(Some(_lock)) = lock::take(&lock::lock_of(Utf8Path::new(dir)))
        {
            // The next run tries again.
            let _ = files::remove(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn temporary() -> (tempfile::TempDir, Utf8PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        (temp, path)
    }

    /// Puts one file into a folder.
    fn fill(dir: &Utf8Path) -> Result<()> {
        Ok(fs::write(dir.join("program"), "")?)
    }

    fn has_program(dir: &Utf8Path) -> bool {
        dir.join("program").is_file()
    }

    #[test]
    fn leftovers_of_killed_runs_are_removed_but_not_the_work_of_running_ones() {
        let (_temp, cache) = temporary();
        for name in ["zig-1.partial", "zig-0.partial", "stubs.partial"] {
            fs::create_dir(cache.join(name)).unwrap();
            fill(&cache.join(name)).unwrap();
        }
        let _other = lock::take(&cache.join("stubs.lock")).unwrap().unwrap();
        once(&cache.join("zig-1"), has_program, fill).unwrap();
        assert!(has_program(&cache.join("zig-1")) && has_program(&cache.join("stubs.partial")));
        assert!(!cache.join("zig-1.partial").exists() && !cache.join("zig-0.partial").exists());
    }

    #[test]
    fn an_incomplete_folder_is_made_again() {
        let (_temp, cache) = temporary();
        let dir = cache.join("zig-1");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("other"), "").unwrap();
        once(&dir, has_program, fill).unwrap();
        assert!(has_program(&dir) && !dir.join("other").exists());
    }

    #[test]
    fn a_failure_leaves_nothing_behind_and_can_be_repeated() {
        let (_temp, cache) = temporary();
        let dir = cache.join("zig-1");
        once(&dir, has_program, |partial| fill(partial).and_then(|()| anyhow::bail!("offline"))).unwrap_err();
        assert!(!dir.exists() && !cache.join("zig-1.partial").exists());
        once(&dir, has_program, fill).unwrap();
    }

    #[test]
    fn of_several_runs_at_the_same_time_one_makes_the_folder() {
        let (_temp, cache) = temporary();
        let made = AtomicUsize::new(0);
        let run = || {
            once(&cache.join("zig-1"), has_program, |partial| {
                made.fetch_add(1, Ordering::Relaxed);
                fill(partial)
            })
        };
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(run)).collect();
            runs.into_iter().for_each(|run| run.join().unwrap().unwrap());
        });
        assert_eq!(made.into_inner(), 1);
    }
}
