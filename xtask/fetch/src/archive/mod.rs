//! Taking programs out of downloads.
//!
//! What a download is, its first bytes say, and not its name: a zip, a tar, one of them or a single file compressed by
//! gzip, xz or zstd, or the program itself.
//!
//! Invariants: files are written under the names that the asker gave, in its folder, and under no name from an archive;
//! only plain files are taken out; no more is unpacked than [`limits`] allow; no file gets its name before all that were
//! asked for are unpacked and on the disk. Then they get them one by one, each whole: when that fails, some are new and
//! some as they were, and the asker hears of the failure.

mod aside;
mod limits;
mod members;
mod tarball;
#[cfg(test)]
mod tests;
mod zipped;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek as _};

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use lzma_rust2::XzReader;
use sixfold_image::read::decompress as unpack;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::Unpacked;

use crate::cache::Blob;
use aside::Aside;
use limits::Limits;
use members::Members;

const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const XZ: &[u8] = b"\xfd7zXZ\0";
/// What the decoder of xz may use, in KiB: twice the dictionary of `xz -9`.
const XZ_MEMORY: u32 = 128 << 10;

/// Writes the files that are wanted into the folder, which is made if needed.
pub fn take(blob: Blob, wanted: &[Wanted], into: &Utf8Path) -> Result<Vec<Unpacked>> {
    check_names(wanted)?;
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let mut members = Members::new(wanted, Aside::new(into)?)?;
    let mut limits = Limits::of(blob.size);
    let mut file = blob.file;
    let start = first_bytes(&mut file, 6)?;
    if ZIP.iter().any(|magic| start.starts_with(magic)) {
        zipped::take(file, &mut members, &mut limits)?;
    } else {
        let stream = unpacked(file, &start)?;
        take_stream(stream, &mut members, &mut limits)?;
    }
    members.finish()
}

/// A tar or a single file.
fn take_stream(stream: Box<dyn Read>, members: &mut Members<'_>, limits: &mut Limits) -> Result<()> {
    let mut stream = limits.watch(stream);
    let mut start = vec![];
    stream.by_ref().take(tarball::BLOCK as u64).read_to_end(&mut start).context("it cannot be unpacked")?;
    let is_tar = tarball::is_header(&start);
    let mut whole = Cursor::new(start).chain(stream);
    match (is_tar, members.single()) {
        (true, _) => tarball::take(&mut whole, members)?,
        (false, Some(number)) => members.write(number, &mut whole)?,
        (false, None) => bail!("it is no archive but a single file: leave out `member`"),
    }
    // The end of a compressed stream holds its checksum.
    std::io::copy(&mut whole, &mut std::io::sink()).context("it cannot be unpacked")?;
    Ok(())
}

/// The bytes without their compression.
fn unpacked(file: File, start: &[u8]) -> Result<Box<dyn Read>> {
    let file = BufReader::with_capacity(128 * 1024, file);
    match start.starts_with(XZ) {
        true => Ok(Box::new(XzReader::new_mem_limit(file, true, XZ_MEMORY))),
        false => unpack::unpack(Box::new(file)).context("it cannot be unpacked"),
    }
}

fn first_bytes(file: &mut File, count: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    Read::take(&mut *file, count).read_to_end(&mut bytes)?;
    file.rewind()?;
    Ok(bytes)
}

/// Names must be single components that differ on every system, which may not tell capitals from small letters.
fn check_names(wanted: &[Wanted]) -> Result<()> {
    for (number, file) in wanted.iter().enumerate() {
        let name = &file.name;
        let is_plain =
            !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0']);
        if !is_plain {
            bail!("`{}` cannot be a file's name", name.escape_debug());
        }
        if wanted[..number].iter().any(|other| other.name.to_lowercase() == name.to_lowercase()) {
            bail!("two files would be named {name}: rename one");
        }
    }
    Ok(())
}
