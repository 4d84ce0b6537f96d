//! A binary in a folder that another machine has written.

use std::io::Read as _;

use anyhow::{Context as _, Result, ensure};
use camino::Utf8PathBuf;
use serde::{Serialize, Serializer};

use sixfold_base::files;
use sixfold_model::digest::Digest;

/// Advice for a folder that does not match its manifest.
pub(crate) const COPY_AGAIN: &str = "help: build the folder again, and copy it as it is";

/// A binary that another machine has built. In JSON it is its folder.
#[derive(Clone, Debug)]
pub struct Taken {
    pub(crate) folder: Utf8PathBuf,
    pub(crate) file: Utf8PathBuf,
    pub(crate) size: u64,
    pub(crate) sha256: String,
}

impl Serialize for Taken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.folder.as_str())
    }
}

impl Taken {
    /// The binary, read once. Fails when its size or its digest is not that of the manifest.
    pub fn read(&self) -> Result<Vec<u8>> {
        let file = &self.file;
        let mut content = Vec::new();
        let opened = files::open_regular(file);
        let read = opened.and_then(|opened| opened.take(self.size + 1).read_to_end(&mut content));
        read.with_context(|| format!("cannot read {file}\n{COPY_AGAIN}"))?;
        ensure!(
            content.len() as u64 == self.size && Digest::of(&content).hex() == self.sha256,
            "{file} is not the file that the manifest in {} describes\n{COPY_AGAIN}",
            self.folder
        );
        Ok(content)
    }
}
