//! Files whose SHA-256 digest is known because all of their bytes have been read.

use std::fs::File;
use std::io::{self, Read as _, Seek as _};

use anyhow::{Result, bail};
use sixfold_base::program::TOOL;
use sixfold_image::hash::HashWriter as Hashing;
use sixfold_model::digest::Digest;

const CHUNK: usize = 256 * 1024;

/// An open file, positioned at its start, and its digest.
#[derive(Debug)]
pub(crate) struct Blob {
    pub(crate) file: File,
    pub(crate) digest: Digest,
    /// In bytes.
    pub(crate) size: u64,
}

impl Blob {
    /// Reads the whole file to compute its digest.
    pub(crate) fn read(mut file: File) -> io::Result<Self> {
        file.rewind()?;
        let mut out = Hashing::new(io::sink());
        io::copy(&mut io::BufReader::with_capacity(CHUNK, &file), &mut out)?;
        let (_, digest, size) = out.finish();
        file.rewind()?;
        Ok(Self { file, digest, size })
    }

    /// Reads the file, and fails if it does not have the expected digest, or is obviously a web page.
    pub(crate) fn read_verified(file: File, sha256: Option<&Digest>) -> Result<Self> {
        let mut blob = Self::read(file)?;
        if sha256.is_some_and(|expected| *expected == blob.digest) {
            return Ok(blob);
        }
        if blob.looks_like_html()? {
            bail!(
                "it is a web page, not a binary\nhelp: check `url` in the configuration; some servers send such a page if they \
                 require a login"
            );
        }
        if let Some(expected) = sha256 {
            bail!(
                "its SHA-256 digest is {}, but `sha256` in the configuration is {}\nhelp: if the publisher changed the file, \
                 find out why, then run `{TOOL} prebuilt update`",
                blob.digest.hex(),
                expected.hex()
            );
        }
        Ok(blob)
    }

    /// True if the file starts like an HTML page.
    fn looks_like_html(&mut self) -> io::Result<bool> {
        let mut start = vec![];
        (&self.file).take(256).read_to_end(&mut start)?;
        self.file.rewind()?;
        let text = String::from_utf8_lossy(&start).to_ascii_lowercase();
        let text = text.trim_start_matches(['\u{feff}', ' ', '\r', '\n', '\t']);
        Ok(text.starts_with("<!doctype html") || text.starts_with("<html"))
    }
}
