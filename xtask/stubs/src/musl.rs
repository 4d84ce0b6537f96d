//! The libraries of musl that are empty. musl has all its functions in `libc.a`, and installs these archives so that
//! `-lm`, `-lpthread` and the like find something. Rust comes with `libc.a` only.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use crate::cached;

const NAMES: [&str; 8] = ["crypt", "dl", "m", "pthread", "resolv", "rt", "util", "xnet"];
/// An archive without members.
const EMPTY: &str = "!<arch>\n";

/// Writes the archives below `parent`, unless they exist, and returns their directory.
pub fn write(parent: &Utf8Path) -> Result<Utf8PathBuf> {
    let paths = NAMES.map(|name| Utf8PathBuf::from(format!("lib{name}.a")));
    let files: Vec<_> = paths.iter().map(|path| (path.as_path(), EMPTY)).collect();
    cached::directory(parent, "musl-libraries", &files)
}
