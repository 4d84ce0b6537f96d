//! Clears away what a killed run left: its processes, its mounts, its folder.
//!
//! Invariant: the folder of a run carries the number of the process that made it, and that of a process which is still
//! there is left alone; only processes that name such a folder in their arguments are ended.

use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::interrupt;

const PREFIX: &str = "docker-extension-ci-";

const PATIENCE: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(50);

/// How the name of this run's folder begins.
pub fn prefix() -> String {
    format!("{PREFIX}{}-", std::process::id())
}

/// Removes the folders of runs that are gone.
pub fn clear() -> anyhow::Result<()> {
    let temporary = std::env::temp_dir();
    for entry in fs_err::read_dir(&temporary)? {
        let Ok(folder) = Utf8PathBuf::try_from(entry?.path()) else { continue };
        if is_left_over(&folder) {
            eprintln!("clearing what an earlier run left in {folder}");
            end_processes_of(&folder);
            unmount_below(&folder)?;
            fs_err::remove_dir_all(&folder)?;
        }
    }
    Ok(())
}

fn is_left_over(folder: &Utf8Path) -> bool {
    let name = folder.file_name().and_then(|name| name.strip_prefix(PREFIX));
    let maker = name.and_then(|rest| rest.split_once('-')).and_then(|(maker, _)| maker.parse::<u32>().ok());
    maker.is_some_and(|maker| !is_ci(maker))
}

/// Whether the process is there and is this program; a number may have been given to another since.
fn is_ci(process: u32) -> bool {
    let name = |process: &str| std::fs::read_to_string(format!("/proc/{process}/comm")).ok();
    name(&process.to_string()).is_some_and(|found| Some(found) == name("self"))
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
    fn only_the_folder_of_a_process_that_is_gone_is_left_over() {
        let own = prefix();
        assert!(!is_left_over(Utf8Path::new(&format!("/tmp/{own}abc"))));
        assert!(is_left_over(Utf8Path::new("/tmp/docker-extension-ci-4294967295-abc")));
        assert!(!is_left_over(Utf8Path::new("/tmp/docker-extension-ci-notes")));
        assert!(!is_left_over(Utf8Path::new("/tmp/other")));
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
