//! Sets the modes of folders and the times of all files, so that neither the umask nor the clock of this machine reaches
//! the image.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use fs_err as fs;
use walkdir::WalkDir;

use sixfold_model::digest::Digest;

use super::copy::set_mode;

/// Gives every folder the mode 0755, and files and folders this time, in seconds since 1970. So buildx makes the same layers
/// from the same files on any day and machine, except on Windows, where folders keep their time.
pub(super) fn set(stage: &Utf8Path, time: u64) -> Result<()> {
    // Contents first: changing a file changes the time of its folder.
    for entry in WalkDir::new(stage).contents_first(true) {
        let entry = entry?;
        let path = <&Utf8Path>::try_from(entry.path())?;
        if entry.file_type().is_dir() { folder(path, time)? } else { file(path, time)? }
    }
    Ok(())
}

fn folder(path: &Utf8Path, time: u64) -> Result<()> {
    set_mode(path, 0o755)?;
    let set = || fs::File::open(path)?.file().set_modified(after_1970(time, 0));
    // Windows cannot open a folder that way.
    if cfg!(unix) { set().with_context(|| format!("cannot set the time of {path}")) } else { Ok(()) }
}

fn file(path: &Utf8Path, time: u64) -> Result<()> {
    let part = part_of_second(&Digest::of(&fs::read(path)?));
    let file = fs::OpenOptions::new().append(true).open(path)?;
    file.file().set_modified(after_1970(time, part)).with_context(|| format!("cannot set the time of {path}"))
}

/// Nanoseconds that depend on the content. Buildx sends a file again only if its size or its time has changed, so it would
/// not see an edit that keeps the size. Layers store whole seconds. NTFS counts in steps of 100 nanoseconds.
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
    fn the_time_of_a_file_depends_on_its_content() {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        std::fs::create_dir(root.join("ui")).unwrap();
        let file = root.join("ui/a.js");
        let time_with = |content: &str| {
            std::fs::write(&file, content).unwrap();
            set(root, TIME).unwrap();
            time_of(&file)
        };
        let times = ["one", "two", "one"].map(time_with);
        assert!(times.iter().all(|time| time.as_secs() == TIME), "{times:?}");
        assert_eq!(times[0], times[2]);
        assert_ne!(times[0], times[1], "buildx would not see the edit");
    }

    #[cfg(unix)]
    #[test]
    fn folders_get_a_fixed_mode_and_time() {
        use std::os::unix::fs::PermissionsExt as _;
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let folder = root.join("ui");
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        std::fs::write(folder.join("a"), "").unwrap();
        set(root, TIME).unwrap();
        assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o7777, 0o755);
        assert_eq!(time_of(&folder), Duration::from_secs(TIME));
    }
}
