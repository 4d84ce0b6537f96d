//! Full disks. Whatever stops on one, cargo, npm or pip, is mended by room, and few of them say so.

use std::io::{Error as IoError, ErrorKind};

use anyhow::Error;
use camino::Utf8Path;
use fs_err as fs;

use crate::dist_folder::PARTIAL;

/// What mends it, as the last line of an error.
const HELP: &str =
    "the disk is full: free some space, for instance with `cargo clean`, and run the command again";
/// With less room than this, in bytes, a build that failed is taken to have failed for want of it: what it could not
/// write to the end it has removed again.
const ROOM: usize = 8 << 20;

/// The last line of what is told of an error that comes of a full disk.
pub fn help(error: &Error, told: &str) -> Option<&'static str> {
    let mut causes = error.chain().filter_map(|cause| cause.downcast_ref());
    (causes.any(is_full) || is_told(told)).then_some(HELP)
}

/// The failure of a program that said `output`, with the full disk as its cause where it told of one.
pub fn after(error: Error, output: &str) -> Error {
    if is_told(output) { because_full(error) } else { error }
}

/// The failure of a program whose words went past us, with the full disk as its cause where there is no room in `dir`.
pub fn blame(error: Error, dir: &Utf8Path) -> Error {
    let file = dir.join(format!("room{PARTIAL}"));
    let written = fs::write(&file, vec![0; ROOM]);
    // It need not be there; and what stays, the next run removes.
    let _ = fs::remove_file(&file);
    match written {
        Err(full) if is_full(&full) => because_full(error),
        _ => error,
    }
}

fn because_full(error: Error) -> Error {
    let text = crate::error::explain(&error);
    match help(&error, &text) {
        Some(_) => error,
        None => Error::from(IoError::from(ErrorKind::StorageFull)).context(text),
    }
}

fn is_full(error: &IoError) -> bool {
    matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded)
}

/// In the words of Unix, of Node.js and of Windows.
fn is_told(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = ["no space left on device", "enospc", "not enough space on the disk", "disk quota exceeded"];
    words.iter().any(|words| text.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_heard_and_mended_once() {
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
    fn a_disk_with_room_is_not_blamed() {
        let temp = tempfile::tempdir().unwrap();
        let dir = Utf8Path::from_path(temp.path()).unwrap();
        assert_eq!(crate::error::explain(&blame(Error::msg("broken"), dir)), "broken");
        assert_eq!(dir.read_dir_utf8().unwrap().count(), 0);
    }
}
