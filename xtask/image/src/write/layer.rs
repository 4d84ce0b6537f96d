//! A layer: a tar archive of entries, and its compressed form.
//!
//! The bytes depend only on paths, modes, contents and the given time: entries are sorted, the owner is root without a name,
//! there are no extended headers, and the gzip header has neither a time nor a system.

use std::io::{self, Read as _, Write};

use anyhow::{Context as _, Result};
use flate2::{Compression, GzBuilder, write::GzEncoder};
use fs_err as fs;
use tar::{Builder, EntryType, Header};

use super::copy::{Node, Nodes};
use crate::hash::HashWriter;
use sixfold_model::digest::Digest;

/// Writes the uncompressed archive; `mtime` in seconds since 1970.
pub(super) fn write_tar<W: Write>(nodes: &Nodes, mtime: u64, out: W) -> Result<W> {
    let mut tar = Builder::new(out);
    for (path, node) in nodes {
        append(&mut tar, path, node, mtime).with_context(|| format!("cannot write /{path} into a layer"))?;
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

/// A header that does not depend on the machine: owner 0, no names.
pub(super) fn header(kind: EntryType, mode: u32, mtime: u64) -> Header {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_size(0);
    header
}

/// The digest of the uncompressed archive, which identifies the layer in the image's configuration.
pub(super) fn diff_id(nodes: &Nodes, mtime: u64) -> Result<Digest> {
    // The archive is written in pieces as small as a header.
    let out = io::BufWriter::with_capacity(64 * 1024, HashWriter::new(io::sink()));
    let out = write_tar(nodes, mtime, out)?;
    Ok(out.into_inner().map_err(io::IntoInnerError::into_error)?.finish().1)
}

/// A compressor that gives the same bytes on every host: fixed level, time 0, unknown system.
pub(super) fn gzip<W: Write>(out: W) -> GzEncoder<W> {
    GzBuilder::new().mtime(0).operating_system(255).write(out, Compression::new(6))
}
