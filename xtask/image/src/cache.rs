//! Compressed layers, kept by the digest of their uncompressed bytes.
//!
//! A file's name gives the digests of the uncompressed and of the compressed bytes. It is written aside and renamed, and
//! hashed before it is used again: a damaged file is made anew and never reaches an image.

use std::io::{self, IntoInnerError, Write as _};
use std::time::SystemTime;

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use super::copy::Nodes;
use super::layer;
use super::layer::Hashing;
use sixfold_base::files::PartialFile;
use sixfold_model::digest::Digest;

/// What two versions of a compressor tell apart: text that repeats itself, and bytes that do not.
const SAMPLE: &[u8] = &sample();
const CHUNK: usize = 256 * 1024;
/// How many files are kept for each that the last run used.
const KEPT_PER_USED: usize = 4;

const fn sample() -> [u8; 4096] {
    let (mut bytes, mut state, mut at) = ([0; 4096], 1u32, 0);
    while at < bytes.len() {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        bytes[at] = if at % 64 < 40 { b'a' + (at % 7) as u8 } else { (state >> 24) as u8 };
        at += 1;
    }
    bytes
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
    /// It was there already.
    pub reused: bool,
}

/// The folder of compressed layers. Only one run at a time may use it.
pub(crate) struct Cache {
    dir: Utf8PathBuf,
}

impl Cache {
    /// Makes the folder if needed.
    pub(crate) fn open(dir: &Utf8Path) -> Result<Self> {
        // Another version of the compressor may make other bytes of the same layer: its layers are kept apart.
        let mut sample = Vec::new();
        let mut encoder = layer::gzip(&mut sample);
        encoder.write_all(SAMPLE)?;
        encoder.finish()?;
        let dir = dir.join(&Digest::of(&sample).hex()[..16]);
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// The compressed layer of these entries, whose digest is `diff_id`, from the folder or made now. Two threads must
    /// not ask for the same one.
    pub(crate) fn layer(&self, nodes: &Nodes, mtime: u64, diff_id: &Digest) -> Result<Blob> {
        match self.find(diff_id)? {
            Some(blob) => Ok(blob),
            None => self.compress(nodes, mtime, diff_id.clone()),
        }
    }

    /// A sound file whose name starts with the digest; unsound ones are removed.
    fn find(&self, diff_id: &Digest) -> Result<Option<Blob>> {
        for entry in self.dir.read_dir_utf8()? {
            let path = entry?.into_path();
            let Some(digest) = named(&path, diff_id) else { continue };
            let (actual, size) = read(&path)?;
            if actual == digest {
                touch(&path)?;
                return Ok(Some(Blob { path, digest, diff_id: diff_id.clone(), size, reused: true }));
            }
            fs::remove_file(&path)?;
        }
        Ok(None)
    }

    fn compress(&self, nodes: &Nodes, mtime: u64, diff_id: Digest) -> Result<Blob> {
        let out = io::BufWriter::new(PartialFile::create(&self.dir.join(diff_id.hex()))?);
        let out = Hashing::new(layer::gzip(Hashing::new(out)));
        let out = layer::write_tar(nodes, mtime, io::BufWriter::with_capacity(CHUNK, out))?;
        let (encoder, actual, _) = out.into_inner().map_err(IntoInnerError::into_error)?.finish();
        ensure!(actual == diff_id, "the stage changed while it was read: run the command again");
        let (file, digest, size) = encoder.finish()?.finish();
        let file = file.into_inner().map_err(IntoInnerError::into_error)?;
        let path = self.dir.join(format!("{}-{}.tar.gz", diff_id.hex(), digest.hex()));
        file.commit_as(&path)?;
        Ok(Blob { path, digest, diff_id, size, reused: false })
    }

    /// Removes files that have not been used for long, and what a killed run left.
    pub(crate) fn prune(&self, used: &[Blob]) -> Result<()> {
        let mut unused = Vec::new();
        for entry in self.dir.read_dir_utf8()? {
            let entry = entry?;
            if entry.path().extension() != Some("gz") {
                fs::remove_file(entry.path())?;
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

/// The digest that a file's name gives for its bytes, when it holds the layer `diff_id`.
fn named(path: &Utf8Path, diff_id: &Digest) -> Option<Digest> {
    let name = path.file_name()?.strip_suffix(".tar.gz")?;
    format!("sha256:{}", name.strip_prefix(diff_id.hex())?.strip_prefix('-')?).parse().ok()
}

/// Digest and length of a file.
fn read(path: &Utf8Path) -> Result<(Digest, u64)> {
    let mut reader = io::BufReader::with_capacity(CHUNK, fs::File::open(path)?);
    let mut out = Hashing::new(io::sink());
    io::copy(&mut reader, &mut out)?;
    let (_, digest, size) = out.finish();
    Ok((digest, size))
}

/// Notes that the file is in use, for [`Cache::prune`].
fn touch(path: &Utf8Path) -> Result<()> {
    let file = fs::OpenOptions::new().append(true).open(path)?;
    file.file().set_modified(SystemTime::now()).with_context(|| format!("cannot set the time of {path}"))
}
