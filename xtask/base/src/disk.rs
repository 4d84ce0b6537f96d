//! Full disks. Cargo, npm, pip and others stop on a full disk, and few of them say clearly why.

use std::io::{Error as IoError, ErrorKind};

use anyhow::{Error, Result, ensure};
use camino::Utf8Path;
use fs_err as fs;

use crate::cache;
use crate::chain::describe;
use crate::files;
use crate::terminal::size;

const HELP: &str =
    "the disk is full: free some space, for instance with `cargo clean`, and run the command again";
/// In bytes. With less free space than this, a build that failed is taken to have failed because the disk is full: it has
/// removed again what it could not write completely.
const ROOM: usize = 8 << 20;

/// The help for an error that a full disk has caused; `text` is the text of the error.
pub(crate) fn help(error: &Error, text: &str) -> Option<&'static str> {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    (causes.any(is_full) || mentions_full_disk(text)).then_some(HELP)
}

/// Adds the full disk to the failure of a program, if its `output` mentions one.
pub fn after(error: Error, output: &str) -> Error {
    if mentions_full_disk(output) { because_full(error) } else { error }
}

/// Adds the full disk to the failure of a program whose output is unknown, if there is no free space in `dir`.
pub fn blame(error: Error, dir: &Utf8Path) -> Error {
    let file = files::partial(&dir.join("room"));
    let written = fs::write(&file, vec![0; ROOM]);
    // It may not exist, and the next run removes it otherwise.
    let _ = fs::remove_file(&file);
    match written {
        Err(full) if is_full(&full) => because_full(error),
        _ => error,
    }
}

/// Fails if there are fewer than `bytes` free bytes for a new file in `dir`. Where the system does not say, the file is tried.
pub fn ensure_room(dir: &Utf8Path, bytes: u64) -> Result<()> {
    let free = free(dir).unwrap_or(u64::MAX);
    ensure!(
        bytes <= free,
        "a file of {} does not fit into {dir}, where {} are free\nhelp: free some space, or set {} to a folder on another disk",
        size(bytes),
        size(free),
        cache::VARIABLE
    );
    Ok(())
}

#[cfg(unix)]
fn free(dir: &Utf8Path) -> Option<u64> {
    let disk = nix::sys::statvfs::statvfs(dir.as_std_path()).ok()?;
    // The types differ between systems.
    Some((disk.blocks_available() as u64).saturating_mul(disk.fragment_size() as u64))
}

#[cfg(windows)]
fn free(dir: &Utf8Path) -> Option<u64> {
    use std::ptr::null_mut;
    let dir: Vec<u16> = dir.as_str().encode_utf16().chain([0]).collect();
    let mut free = 0;
    // SAFETY: the path ends with a NUL, it and `free` outlive the call, and null stands for what is not asked for.
    let known = unsafe {
        windows_sys::Win32::Storage::FileSystem::GetDiskFreeSpaceExW(
            dir.as_ptr(),
            &raw mut free,
            null_mut(),
            null_mut(),
        )
    };
    (known != 0).then_some(free)
}

fn because_full(error: Error) -> Error {
    let text = describe(&error);
    match help(&error, &text) {
        Some(_) => error,
        None => Error::from(IoError::from(ErrorKind::StorageFull)).context(text),
    }
}

fn is_full(error: &IoError) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// Recognizes the messages of Unix, Node.js and Windows.
fn mentions_full_disk(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = ["no space left on device", "enospc", "not enough space on the disk", "disk quota exceeded"];
    words.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_recognized_and_explained_once() {
        let failed = || Error::msg("the build ended with 1");
        for said in [
            "error: failed to write `/a/b.rmeta`: No space left on device (os error 28)",
            "npm error nospc ENOSPC: no space left on device, write",
            "There is not enough space on the disk. (os error 112)",
        ] {
            let text = crate::error::explain(&after(after(failed(), said), said));
            assert_eq!(text.matches(HELP).count(), 1, "{text}");
            assert!(text.starts_with("the build ended with 1\n"), "{text}");
            assert!(crate::error::explain(&Error::msg(said)).ends_with(HELP));
        }
        assert_eq!(crate::error::explain(&after(failed(), "no such file")), "the build ended with 1");
    }

    #[test]
    fn a_file_that_does_not_fit_is_an_error() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        ensure_room(dir, 1).unwrap();
        let error = ensure_room(dir, 1 << 60).unwrap_err().to_string();
        assert!(error.contains("does not fit into") && error.contains("SIXFOLD_CACHE"), "{error}");
    }

    #[test]
    fn a_disk_with_free_space_is_not_blamed() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        assert_eq!(crate::error::explain(&blame(Error::msg("broken"), dir)), "broken");
        assert_eq!(dir.read_dir_utf8().unwrap().count(), 0);
    }
}
