//! Clears away what a killed run left: its processes, its mounts, its folder.
//!
//! Invariant: a run holds a lock in its folder as long as it lives, and a folder whose lock is held, or that has none, is
//! left alone; only processes that name such a folder in their arguments are ended.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};

use crate::interrupt;

/// How the name of a run's folder begins.
pub const PREFIX: &str = "docker-extension-ci-";
/// The lock's name in it.
const LOCK: &str = "lock";

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// Says that the folder is in use, until the value is dropped or the process ends, however it ends.
pub fn claim(folder: &Utf8Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK);
    // Under another name first, so that nobody finds a lock that is not held yet.
    let aside = folder.join("lock.new");
    let lock = File::from(fs_err::File::create(&aside)?);
    lock.lock().with_context(|| format!("cannot lock {path}"))?;
    fs_err::rename(&aside, &path)?;
    Ok(lock)
}

/// Removes the folders of runs that are gone.
pub fn clear() -> anyhow::Result<()> {
    let temporary = std::env::temp_dir();
    for entry in fs_err::read_dir(&temporary)? {
        let Ok(folder) = Utf8PathBuf::try_from(entry?.path()) else { continue };
        if let Some(_lock) = left_over(&folder) {
            eprintln!("clearing what an earlier run left in {folder}");
            end_processes_of(&folder);
            unmount_below(&folder)?;
            fs_err::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

/// The lock of a folder whose run is gone; held, so that two runs do not clear the same folder.
fn left_over(folder: &Utf8Path) -> Option<File> {
    folder.file_name()?.strip_prefix(PREFIX)?;
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

/// Asks the servers to end, so that an engine unmounts what it mounted; kills those that do not.
fn end_processes_of(folder: &Utf8Path) {
    let start = Instant::now();
    processes_of(folder).into_iter().for_each(interrupt::terminate);
    while !processes_of(folder).is_empty() && start.elapsed() < PATIENCE {
        std::thread::sleep(PAUSE);
    }
    processes_of(folder).into_iter().for_each(interrupt::kill);
}

/// The processes with a path of the folder among their arguments, such as `--data-root`.
fn processes_of(folder: &Utf8Path) -> Vec<u32> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let names_it = |process: &u32| {
        let arguments = std::fs::read(format!("/proc/{process}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&arguments).contains(&format!("{folder}/"))
    };
    numbers.filter(names_it).filter(|process| *process != std::process::id()).collect()
}

fn unmount_below(folder: &Utf8Path) -> anyhow::Result<()> {
    let mounts = fs_err::read_to_string("/proc/self/mounts")?;
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1));
    // What was mounted last lies innermost.
    let mut below: Vec<&str> = points.filter(|point| Utf8Path::new(point).starts_with(folder)).collect();
    below.reverse();
    for point in below {
        Command::new("umount").args(["--lazy", point]).status()?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Stdio;

    use super::*;

    #[test]
    fn only_a_folder_that_nobody_holds_is_left_over() {
        let temporary = tempfile::tempdir().unwrap();
        let below = |name: &str| {
            let folder = Utf8Path::from_path(temporary.path()).unwrap().join(name);
            fs_err::create_dir(&folder).unwrap();
            folder
        };
        let run = below("docker-extension-ci-abc");
        let held = claim(&run).unwrap();
        assert!(left_over(&run).is_none(), "another run is in it");
        drop(held);
        assert!(left_over(&run).is_some());
        assert!(left_over(&below("docker-extension-ci-notes")).is_none(), "it has no lock");
        let other = below("other");
        drop(claim(&other).unwrap());
        assert!(left_over(&other).is_none(), "it is none of ours");
    }

    /// The lock goes with the process that holds it, and not with what that has started.
    #[test]
    fn a_killed_run_leaves_its_folder_although_its_servers_live() {
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir().unwrap();
        let folder = Utf8Path::from_path(temporary.path()).unwrap();
        let held = claim(folder).unwrap();
        let mut server = Command::new("tail").args(["-f", "/dev/null"]).spawn().unwrap();
        drop(held);
        let cleared = left_over(folder).is_some();
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(cleared);
    }

    #[test]
    fn ends_the_processes_that_name_the_folder() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temporary.path()).unwrap();
        let mut tail = Command::new("tail");
        tail.args(["-f", "/dev/null", folder.join("absent").as_str()]);
        let mut child = tail.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The arguments of a new program show a moment after it was started.
        let start = Instant::now();
        while processes_of(folder) != [child.id()] && start.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
        }
        let waiting = std::thread::spawn(move || child.wait().unwrap());
        end_processes_of(folder);
        assert!(!waiting.join().unwrap().success());
    }
}
