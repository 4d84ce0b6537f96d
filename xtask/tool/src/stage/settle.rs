//! Modes of folders and times of all files: neither the umask nor the clock of this machine reaches the image.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;
use walkdir::WalkDir;

use super::set_mode;
use sixfold_model::digest::Digest;

/// Gives every folder the mode 0755, and everything this time, in seconds since 1970, so that buildx makes the same
/// layers of the same files on any day and machine; on Windows folders keep their time, and buildx's layers with it.
pub(super) fn all(stage: &Utf8Path, time: u64) -> Result<()> {
    // What a folder holds comes before it.
    for entry in WalkDir::new(stage).contents_first(true) {
        let entry = entry?;
        let path = <&Utf8Path>::try_from(entry.path())?;
        match entry.file_type().is_dir() {
            true => folder(path, time)?,
            false => file(path, time)?,
        }
    }
    Ok(())
}

fn folder(path: &Utf8Path, time: u64) -> Result<()> {
    set_mode(path, 0o755)?;
    let set = || fs::File::open(path)?.file().set_modified(after_1970(time, 0));
    // Windows opens no folder that way; there it keeps its time.
    if cfg!(unix) { set().with_context(|| format!("cannot set the time of {path}")) } else { Ok(()) }
}

fn file(path: &Utf8Path, time: u64) -> Result<()> {
    let part = part_of_second(&Digest::of(&fs::read(path)?));
    let file = fs::OpenOptions::new().append(true).open(path)?;
    file.file().set_modified(after_1970(time, part)).with_context(|| format!("cannot set the time of {path}"))
}

/// Nanoseconds by which other content has another time. Buildx sends a file again only when its size or its time has
/// changed, and without this would not see an edit that keeps the size; layers hold whole seconds. NTFS counts in steps
/// of 100.
fn part_of_second(content: &Digest) -> u32 {
    u32::from_str_radix(&content.hex()[..8], 16).unwrap_or_default() % 10_000_000 * 100
}

fn after_1970(seconds: u64, nanoseconds: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(seconds, nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: u64 = 1_700_000_000;

    fn time_of(path: &Utf8Path) -> Duration {
        let modified = path.metadata().unwrap().modified().unwrap();
        modified.duration_since(SystemTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn the_same_content_has_the_same_time_and_other_content_another() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        std::fs::create_dir(root.join("ui")).unwrap();
        let file = root.join("ui/a.js");
        let settled = |content: &str| {
            std::fs::write(&file, content).unwrap();
            all(root, TIME).unwrap();
            time_of(&file)
        };
        let times = ["one", "two", "one"].map(settled);
        assert!(times.iter().all(|time| time.as_secs() == TIME), "{times:?}");
        assert_eq!(times[0], times[2]);
        assert_ne!(times[0], times[1], "buildx would not send the edit");
    }

    #[cfg(unix)]
    #[test]
    fn folders_get_their_mode_and_time_whatever_they_had() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let folder = root.join("ui");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::write(folder.join("a"), "").unwrap();
        all(root, TIME).unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
        assert_eq!(time_of(&folder), Duration::from_secs(TIME));
    }
}
