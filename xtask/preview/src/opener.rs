//! Opens links in the author's browser.
//!
//! Invariant: a link is never part of a command line that other users can read, as on Linux. There, the browser gets the
//! address of a file that only its owner may read and that redirects to the link. On Windows, other users cannot see
//! command lines; on macOS, addresses reach a browser without one.

use std::io::Write as _;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use percent_encoding::utf8_percent_encode;

use crate::ui::UNENCODED;

const COMMAND_LINES_ARE_PUBLIC: bool = cfg!(not(any(windows, target_os = "macos")));

/// Removes its file when it is dropped.
pub(crate) struct Opener {
    file: Utf8PathBuf,
}

impl Opener {
    /// The file is created in `folder`.
    pub(crate) fn new(folder: &Utf8Path) -> Self {
        Self { file: folder.join("open.html") }
    }

    /// Opens the link. Fails if there is no browser, and if the file cannot be written.
    pub(crate) fn open(&self, link: &str) -> Result<()> {
        let address = if COMMAND_LINES_ARE_PUBLIC { self.write_redirect(link)? } else { link.to_owned() };
        webbrowser::open(&address)?;
        Ok(())
    }

    /// Creates the file again, and returns its address.
    fn write_redirect(&self, link: &str) -> Result<String> {
        self.remove_file();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.file)?;
        write!(file, "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={link}\">")?;
        Ok(format!("file://{}", utf8_percent_encode(self.file.as_str(), UNENCODED)))
    }

    /// Does nothing if the file does not exist.
    fn remove_file(&self) {
        let _ = fs::remove_file(&self.file);
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.remove_file();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn only_the_owner_can_read_the_file_and_it_is_removed() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temp.path()).unwrap().join("a b#%");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("open.html");
        // An existing file, which others may have opened, is not reused.
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let opener = Opener::new(&folder);
        let link = "http://127.0.0.1:1/#launch=abc";
        let address = opener.write_redirect(link).unwrap();
        assert!(address.starts_with("file:///") && address.ends_with("/a%20b%23%25/open.html"), "{address}");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&file).unwrap().contains(link));
        drop(opener);
        assert!(!file.exists());
    }
}
