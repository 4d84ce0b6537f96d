//! A layer: a tar archive of entries, and its compressed form.
//!
//! The bytes depend on paths, modes, contents and the given time alone: entries are sorted, the owner is root without names,
//! there are no extended headers, and the gzip header names neither time nor system.

use std::io::{self, Read as _, Write};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use fs_err as fs;
use sha2::{Digest as _, Sha256};
use tar::{Builder, EntryType, Header};

use super::copy::{Node, Nodes};
use sixfold_model::digest::Digest;

/// Counts and hashes all that is written through it.
pub struct Hashing<W> {
    inner: W,
    hasher: Sha256,
    length: u64,
}

impl<W: Write> Hashing<W> {
    pub fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), length: 0 }
    }

    /// What was written to, the digest and the length in bytes.
    pub fn finish(self) -> (W, Digest, u64) {
        (self.inner, Digest::finish(self.hasher), self.length)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.length += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Writes the uncompressed archive; `mtime` in seconds since 1970.
pub fn write_tar<W: Write>(nodes: &Nodes, mtime: u64, out: W) -> Result<W> {
    let mut tar = Builder::new(out);
    for (path, node) in nodes {
        append(&mut tar, path, node, mtime).with_context(|| format!("cannot put /{path} into a layer"))?;
    }
    Ok(tar.into_inner()?)
}

fn append<W: Write>(tar: &mut Builder<W>, path: &str, node: &Node, mtime: u64) -> Result<()> {
    match node {
        Node::Folder { mode } => {
            let mut header = header(EntryType::Directory, *mode, mtime);
            tar.append_data(&mut header, format!("{path}/"), io::empty())?;
        }
        Node::File { mode, source } => {
            let file = fs::File::open(source)?;
            let size = file.metadata()?.len();
            let mut header = header(EntryType::Regular, *mode, mtime);
            header.set_size(size);
            tar.append_data(&mut header, path, file.take(size))?;
        }
    }
    Ok(())
}

/// A header in which nothing is left to the machine: owner 0, no names.
pub fn header(kind: EntryType, mode: u32, mtime: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// The digest of the uncompressed archive, which names the layer in the image's configuration.
pub fn diff_id(nodes: &Nodes, mtime: u64) -> Result<Digest> {
    // The archive comes in pieces as small as a header.
    let out = io::BufWriter::with_capacity(64 * 1024, Hashing::new(io::sink()));
    let out = write_tar(nodes, mtime, out)?;
    Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1)
}

/// A compressor whose bytes are the same on every host: fixed level, time 0, system unknown.
pub fn gzip<W: Write>(out: W) -> GzEncoder<W> {
    GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::new(6))
}
