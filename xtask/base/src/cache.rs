//! The tool's own cache folder, shared between projects: zig, what zig has compiled, the macOS stubs, and downloads.
//!
//! Invariant: a folder in it under its final name is whole, see [`once`].

use std::env;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::dist_folder::PARTIAL;
use crate::lock;

/// Names another folder, for instance one that a CI service keeps between runs.
pub const VARIABLE: &str = "SIXFOLD_CACHE";

/// The folder: `$SIXFOLD_CACHE`, or `sixfold` where this system keeps caches.
pub fn dir() -> Result<Utf8PathBuf> {
    if let Some(dir) = env::var_os(VARIABLE).filter(|dir| !dir.is_empty()) {
        let dir = Utf8PathBuf::try_from(std::path::PathBuf::from(dir))
            .with_context(|| format!("{VARIABLE} must be a path in UTF-8"))?;
        return camino::absolute_utf8(&dir).with_context(|| format!("{VARIABLE}={dir} is no usable path"));
    }
    let base = dirs::cache_dir()
        .with_context(|| format!("this system names no cache folder: set {VARIABLE} to one"))?;
    let base = Utf8PathBuf::try_from(base)
        .with_context(|| format!("the cache folder is not UTF-8: set {VARIABLE}"))?;
    Ok(base.join("sixfold"))
}

/// Makes a folder of the cache, unless it is there already as `is_whole` wants it. `make` fills it under a temporary name.
///
/// Runs at the same time take turns, and the second one finds what the first has made. What a killed run left, of this
/// folder or of those beside it, is removed.
pub fn once(
    dir: &Utf8Path,
    is_whole: impl Fn(&Utf8Path) -> bool,
    make: impl FnOnce(&Utf8Path) -> Result<()>,
) -> Result<()> {
    if is_whole(dir) {
        return Ok(());
    }
    let parent = dir.parent().with_context(|| format!("{dir} has no place"))?;
    fs::create_dir_all(parent)?;
    let _lock = lock::wait(&lock_of(dir), dir)?;
    if is_whole(dir) {
        return Ok(());
    }
    let partial = Utf8PathBuf::from(format!("{dir}{PARTIAL}"));
    remove_if_there(&partial)?;
    remove_left_in(parent);
    fs::create_dir(&partial)?;
    let made = make(&partial).and_then(|()| {
        remove_if_there(dir)?;
        Ok(fs::rename(&partial, dir)?)
    });
    if made.is_err() {
        // It may be hundreds of megabytes, and what went wrong is worth more words than that it stays.
        let _ = fs::remove_dir_all(&partial);
    }
    made
}

fn lock_of(dir: &Utf8Path) -> Utf8PathBuf {
    Utf8PathBuf::from(format!("{dir}.lock"))
}

/// Removes the unfinished folders that nobody is making.
fn remove_left_in(parent: &Utf8Path) {
    for entry in parent.read_dir_utf8().into_iter().flatten().flatten() {
        if let Some(dir) = entry.path().as_str().strip_suffix(PARTIAL)
            && let Ok(Some(_lock)) = lock::take(&lock_of(Utf8Path::new(dir)))
        {
            // Whatever cannot be removed now is tried again by the next run.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn remove_if_there(dir: &Utf8Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
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
    fn what_killed_runs_left_goes_and_what_others_are_making_stays() {
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
    fn a_folder_that_lacks_its_program_is_made_again() {
        let (_temp, cache) = temporary();
        let dir = cache.join("zig-1");
        fs::create_dir(&dir).unwrap();
        fs::write(dir.join("other"), "").unwrap();
        once(&dir, has_program, fill).unwrap();
        assert!(has_program(&dir) && !dir.join("other").exists());
    }

    #[test]
    fn a_failure_leaves_nothing_and_can_be_tried_again() {
        let (_temp, cache) = temporary();
        let dir = cache.join("zig-1");
        once(&dir, has_program, |partial| fill(partial).and_then(|()| anyhow::bail!("offline"))).unwrap_err();
        assert!(!dir.exists() && !cache.join("zig-1.partial").exists());
        once(&dir, has_program, fill).unwrap();
    }

    #[test]
    fn of_runs_at_the_same_time_one_makes_it() {
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
