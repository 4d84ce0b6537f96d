//! Compressed layers, kept by the digest of their uncompressed bytes.
//!
//! The name of a file has the digests of its uncompressed and of its compressed bytes. A layer is written to a temporary
//! file, then renamed. It is hashed before it is used again, so a damaged file is replaced and never becomes part of an image.

use std::io::{self, IntoInnerError, Write as _};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::copy::Nodes;
use super::layer;
use crate::hash::HashWriter;
use sixfold_base::files::{self, PartialFile};
use sixfold_model::digest::Digest;

const CHUNK: usize = 256 * 1024;
/// How many files to keep for each file that the last run used.
const KEPT_PER_USED: usize = 4;

/// Data that two versions of a compressor are expected to compress to different bytes: repetitive text and noise.
fn sample() -> Vec<u8> {
    let mut state = 1_u32;
    let byte = |at: u8| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        if at % 64 < 40 { b'a' + at % 7 } else { state.to_be_bytes()[0] }
    };
    (0..=u8::MAX).cycle().take(4096).map(byte).collect()
}

/// A compressed layer on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blob {
    pub path: Utf8PathBuf,
    /// Of the compressed bytes.
    pub digest: Digest,
    /// Of the uncompressed bytes.
    pub diff_id: Digest,
    /// Compressed, in bytes.
    pub size: u64,
    /// True if the file existed before this run.
    pub reused: bool,
}

/// The folder of compressed layers. Only one process at a time may use it.
pub(crate) struct Cache {
    dir: Utf8PathBuf,
}

impl Cache {
    /// Makes the folder if needed.
    pub(crate) fn open(dir: &Utf8Path) -> Result<Self> {
        // Another version of the compressor may give other bytes for the same layer, so each version has its own folder.
        let mut compressed = Vec::new();
        let mut encoder = layer::gzip(&mut compressed);
        encoder.write_all(&sample())?;
        encoder.finish()?;
        let dir = dir.join(Digest::of(&compressed).hex().get(..16).unwrap_or_default());
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// Returns the compressed layer of these entries, whose uncompressed digest is `diff_id`, and makes it if needed. Two
    /// threads must not ask for the same layer at once.
    pub(crate) fn layer(&self, nodes: &Nodes, mtime: u64, diff_id: &Digest) -> Result<Blob> {
        match self.find(diff_id)? {
            Some(blob) => Ok(blob),
            None => self.compress(nodes, mtime, diff_id.clone()),
        }
    }

    /// Finds an intact file of the layer. Damaged ones are removed.
    fn find(&self, diff_id: &Digest) -> Result<Option<Blob>> {
        for entry in self.dir.read_dir_utf8()? {
            let path = entry?.into_path();
            let Some(digest) = named(&path, diff_id) else { continue };
            if let Ok((actual, size)) = read(&path)
                && actual == digest
            {
                touch(&path)?;
                return Ok(Some(Blob { path, digest, diff_id: diff_id.clone(), size, reused: true }));
            }
            files::remove(&path)?;
        }
        Ok(None)
    }

    fn compress(&self, nodes: &Nodes, mtime: u64, diff_id: Digest) -> Result<Blob> {
        let out = io::BufWriter::new(PartialFile::create(&self.dir.join(diff_id.hex()))?);
        let out = HashWriter::new(layer::gzip(HashWriter::new(out)));
        let out = layer::write_tar(nodes, mtime, io::BufWriter::with_capacity(CHUNK, out))?;
        let (encoder, actual, _) = out.into_inner().map_err(IntoInnerError::into_error)?.finish();
        ensure!(actual == diff_id, "the stage changed while it was being read\nhelp: run the command again");
        let (file, digest, size) = encoder.finish()?.finish();
        let file = file.into_inner().map_err(IntoInnerError::into_error)?;
        let path = self.dir.join(format!("{}-{}.tar.gz", diff_id.hex(), digest.hex()));
        file.commit_as(&path)?;
        Ok(Blob { path, digest, diff_id, size, reused: false })
    }

    /// Removes the files that were used longest ago, and temporary files of a killed run.
    pub(crate) fn prune(&self, used: &[Blob]) -> Result<()> {
        let mut unused = Vec::new();
        for entry in self.dir.read_dir_utf8()? {
            let entry = entry?;
            if entry.path().extension() != Some("gz") {
                files::remove(entry.path())?;
            } else if !used.iter().any(|blob| blob.path == entry.path()) {
                unused.push((entry.metadata()?.modified()?, entry.into_path()));
            }
        }
        unused.sort();
        let kept = used.len() * (KEPT_PER_USED - 1);
        for (_, path) in unused.iter().rev().skip(kept) {
            fs::remove_file(path)?;
        }
        Ok(())
    }
}

/// The digest of the compressed bytes in the name of a file, if the file is the layer `diff_id`.
fn named(path: &Utf8Path, diff_id: &Digest) -> Option<Digest> {
    let name = path.file_name()?.strip_suffix(".tar.gz")?;
    format!("sha256:{}", name.strip_prefix(diff_id.hex())?.strip_prefix('-')?).parse().ok()
}

/// The digest and length of a file.
fn read(path: &Utf8Path) -> Result<(Digest, u64)> {
    let mut reader = io::BufReader::with_capacity(CHUNK, files::open_regular(path)?);
    let mut out = HashWriter::new(io::sink());
    io::copy(&mut reader, &mut out)?;
    let (_, digest, size) = out.finish();
    Ok((digest, size))
}

/// Marks the file as used now, for [`Cache::prune`].
fn touch(path: &Utf8Path) -> Result<()> {
    let file = fs::OpenOptions::new().append(true).open(path)?;
    file.file().set_modified(SystemTime::now()).with_context(|| format!("cannot set the time of {path}"))
}
