//! Removes what a killed run has left: its processes, its mounts, its folder.
//!
//! Invariant: a run holds a lock in its folder until it ends. A folder whose lock is held, or that has no lock, is not
//! touched, and only processes with a path of such a folder in their arguments are stopped.

use std::fs::File;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};

/// The start of the name of a run's folder.
pub(crate) const PREFIX: &str = "sixfold-ci-";
/// The name of the lock file in that folder.
const LOCK: &str = "lock";

/// How long processes may take to exit when asked to.
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

/// Marks the folder as in use until the value is dropped or the process ends, however it ends.
pub(crate) fn claim(folder: &Utf8Path) -> anyhow::Result<File> {
    let path = folder.join(LOCK);
    // Renamed once it is held, so that no other run finds a lock that is not held yet.
    let temporary = folder.join("lock.new");
    let lock = File::from(fs_err::File::create(&temporary)?);
    lock.lock().with_context(|| format!("cannot lock {path}"))?;
    fs_err::rename(&temporary, &path)?;
    Ok(lock)
}

/// Removes the folders of runs that no longer exist.
pub(crate) fn clear() -> anyhow::Result<()> {
    let temporary = std::env::temp_dir();
    for entry in fs_err::read_dir(&temporary)? {
        let Ok(folder) = Utf8PathBuf::try_from(entry?.path()) else { continue };
        if let Some(_lock) = lock_of_dead_run(&folder) {
            eprintln!("removing what an earlier run has left in {folder}");
            stop_processes_of(&folder);
            unmount_below(&folder)?;
            fs_err::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

/// Takes the lock of a folder whose run has ended, so that two runs do not remove the same folder.
fn lock_of_dead_run(folder: &Utf8Path) -> Option<File> {
    folder.file_name()?.strip_prefix(PREFIX)?;
    let lock = File::open(folder.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

/// Asks the servers to exit, so that an engine can unmount what it has mounted, and kills those that do not.
fn stop_processes_of(folder: &Utf8Path) {
    let start = Instant::now();
    processes_of(folder).into_iter().for_each(|process| send(process, Request::Exit));
    while !processes_of(folder).is_empty() && start.elapsed() < TIMEOUT {
        std::thread::sleep(POLL_INTERVAL);
    }
    processes_of(folder).into_iter().for_each(|process| send(process, Request::Kill));
}

enum Request {
    Exit,
    Kill,
}

/// Errors are ignored: a process that is already gone is what the caller wanted.
#[cfg(unix)]
fn send(process: u32, request: Request) {
    use rustix::process::{Pid, Signal, kill_process};
    let signal = match request {
        Request::Exit => Signal::TERM,
        Request::Kill => Signal::KILL,
    };
    if let Some(pid) = i32::try_from(process).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// No server is started on Windows.
#[cfg(not(unix))]
fn send(_process: u32, _request: Request) {}

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
    // The innermost mount comes last.
    let below: Vec<&str> = points.filter(|point| Utf8Path::new(point).starts_with(folder)).collect();
    for point in below.into_iter().rev() {
        Command::new("umount").args(["--lazy", point]).status()?;
    }
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::Stdio;

    use super::*;

    /// Waits, because another test may be starting a program: between fork and exec, that process has a copy of the lock.
    fn becomes_unlocked(folder: &Utf8Path) -> bool {
        let start = Instant::now();
        while lock_of_dead_run(folder).is_none() {
            if start.elapsed() > TIMEOUT {
                return false;
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        true
    }

    #[test]
    fn only_an_unlocked_folder_is_removed() {
        let temporary = tempfile::tempdir().unwrap();
        let below = |name: &str| {
            let folder = Utf8Path::from_path(temporary.path()).unwrap().join(name);
            fs_err::create_dir(&folder).unwrap();
            folder
        };
        let run = below("sixfold-ci-abc");
        let held = claim(&run).unwrap();
        assert!(lock_of_dead_run(&run).is_none(), "another run uses it");
        drop(held);
        assert!(becomes_unlocked(&run));
        assert!(lock_of_dead_run(&below("sixfold-ci-notes")).is_none(), "it has no lock");
        let other = below("other");
        drop(claim(&other).unwrap());
        assert!(lock_of_dead_run(&other).is_none(), "it does not belong to cargo ci");
    }

    /// The lock belongs to the process that holds it, and is not inherited by the servers that it starts.
    #[test]
    fn the_folder_of_a_killed_run_is_removed_although_its_servers_still_run() {
        let temporary = tempfile::Builder::new().prefix(PREFIX).tempdir().unwrap();
        let folder = Utf8Path::from_path(temporary.path()).unwrap();
        let held = claim(folder).unwrap();
        let mut server = Command::new("tail").args(["-f", "/dev/null"]).spawn().unwrap();
        drop(held);
        let unlocked = becomes_unlocked(folder);
        server.kill().unwrap();
        server.wait().unwrap();
        assert!(unlocked);
    }

    #[test]
    fn processes_with_the_folder_in_their_arguments_are_stopped() {
        let temporary = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temporary.path()).unwrap();
        let mut tail = Command::new("tail");
        tail.args(["-f", "/dev/null", folder.join("absent").as_str()]);
        let mut child = tail.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // The arguments of a new process become visible a moment after its start.
        let start = Instant::now();
        while processes_of(folder) != [child.id()] && start.elapsed() < TIMEOUT {
            std::thread::sleep(POLL_INTERVAL);
        }
        let waiting = std::thread::spawn(move || child.wait().unwrap());
        stop_processes_of(folder);
        assert!(!waiting.join().unwrap().success());
    }
}
