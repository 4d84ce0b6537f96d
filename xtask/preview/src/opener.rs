//! Opens links in the author's browser.
//!
//! Invariant: where other users can read command lines, as on Linux, no link is in one. The browser is given the address
//! of a file that only its owner may read, and that leads on to the link. Windows shows command lines to nobody else, and
//! macOS hands addresses to browsers without one.

use std::io::Write as _;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use percent_encoding::utf8_percent_encode;

use crate::page::files::PLAIN;

const COMMAND_LINES_ARE_READ: bool = cfg!(not(any(windows, target_os = "macos")));

/// The file goes with this value.
pub struct Opener {
    file: Utf8PathBuf,
}

impl Opener {
    /// Keeps its file in `folder`.
    pub fn new(folder: &Utf8Path) -> Self {
        Self { file: folder.join("open.html") }
    }

    /// Opens the link. Fails where there is no browser, and where the file cannot be written.
    pub fn open(&self, link: &str) -> Result<()> {
        let address = if COMMAND_LINES_ARE_READ { self.lead_on(link)? } else { link.to_owned() };
        webbrowser::open(&address)?;
        Ok(())
    }

    /// Writes the file anew, and gives its address.
    fn lead_on(&self, link: &str) -> Result<String> {
        self.forget();
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        fs_err::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&self.file)?;
        write!(file, "<!doctype html><meta http-equiv=\"refresh\" content=\"0;url={link}\">")?;
        Ok(format!("file://{}", utf8_percent_encode(self.file.as_str(), PLAIN)))
    }

    /// It may not be there.
    fn forget(&self) {
        let _ = fs::remove_file(&self.file);
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        self.forget();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn the_file_is_its_owners_alone_and_goes() {
        let temp = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(temp.path()).unwrap().join("a b#%");
        fs::create_dir(&folder).unwrap();
        let file = folder.join("open.html");
        // What somebody else could read before is not written into.
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        let opener = Opener::new(&folder);
        let link = "http://127.0.0.1:1/#launch=abc";
        let address = opener.lead_on(link).unwrap();
        assert!(address.starts_with("file:///") && address.ends_with("/a%20b%23%25/open.html"), "{address}");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&file).unwrap().contains(link));
        drop(opener);
        assert!(!file.exists());
    }
}
