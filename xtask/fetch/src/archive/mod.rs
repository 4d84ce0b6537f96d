//! Takes binaries out of downloads.
//!
//! The first bytes of a download decide what it is, not its name: a zip, a tar, a tar or a single file compressed with
//! gzip, xz or zstd, or the binary itself.
//!
//! Invariants: files are written to the requested folder under the requested names, never under a name from an archive;
//! only regular files are extracted; no more is unpacked than [`limits`] allows; no file gets its final name before all
//! requested files are unpacked and on the disk. Then they are renamed one by one. If renaming one fails, the error is
//! reported; some files are new then, others are unchanged, and each is complete.

mod limits;
mod members;
mod output;
mod tar_archive;
#[cfg(test)]
mod tests;
mod zip_archive;

use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek as _};

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use lzma_rust2::XzReader;
use sixfold_image::read::decompress as unpack;
use sixfold_model::prebuilt::wanted::Wanted;
use sixfold_project::prebuilt::protocol::Unpacked;

use crate::blob::Blob;
use limits::Limits;
use members::Members;
use output::OutputFolder;

const ZIP: [&[u8]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];
const XZ: &[u8] = b"\xfd7zXZ\0";
/// The memory limit of the xz decoder, in KiB: twice the dictionary of `xz -9`.
const XZ_MEMORY: u32 = 128 << 10;

/// Writes the requested files to the folder `into`, which is created if necessary.
pub(crate) fn unpack(blob: Blob, wanted: &[Wanted], into: &Utf8Path) -> Result<Vec<Unpacked>> {
    check_names(wanted)?;
    if wanted.is_empty() {
        return Ok(vec![]);
    }
    let output = OutputFolder::create(into)?;
    let mut members = Members::new(wanted, &output)?;
    let mut limits = Limits::of(blob.size);
    let mut file = blob.file;
    let start = first_bytes(&mut file, 6)?;
    if ZIP.iter().any(|magic| start.starts_with(magic)) {
        zip_archive::extract(file, &mut members, &mut limits)?;
    } else {
        extract_stream(decompress(file, &start)?, &mut members, &mut limits)?;
    }
    members.finish()
}

/// Extracts from a tar or from a single file.
fn extract_stream(stream: Box<dyn Read>, members: &mut Members<'_>, limits: &mut Limits) -> Result<()> {
    let mut stream = limits.limit(stream);
    let mut start = vec![];
    stream
        .by_ref()
        .take(tar_archive::BLOCK as u64)
        .read_to_end(&mut start)
        .context("cannot decompress it")?;
    let is_tar = tar_archive::is_header(&start);
    let mut whole = Cursor::new(start).chain(stream);
    if is_tar {
        tar_archive::extract(&mut whole, members)?;
    } else if let Some(member) = members.whole_download() {
        member.write(&mut whole)?;
    } else {
        bail!("it is a single file, not an archive\nhelp: remove `member` from the configuration");
    }
    // A compressed stream ends with its checksum, so it is read to the end.
    std::io::copy(&mut whole, &mut std::io::sink()).context("cannot decompress it")?;
    Ok(())
}

fn decompress(file: File, start: &[u8]) -> Result<Box<dyn Read>> {
    let file = BufReader::with_capacity(128 * 1024, file);
    if start.starts_with(XZ) {
        Ok(Box::new(XzReader::new_mem_limit(file, true, XZ_MEMORY)))
    } else {
        unpack::unpack(Box::new(file)).context("cannot decompress it")
    }
}

fn first_bytes(file: &mut File, count: u64) -> Result<Vec<u8>> {
    let mut bytes = vec![];
    Read::take(&mut *file, count).read_to_end(&mut bytes)?;
    file.rewind()?;
    Ok(bytes)
}

/// Names must be single path components, and distinct even where file names are case-insensitive.
fn check_names(wanted: &[Wanted]) -> Result<()> {
    let mut names = vec![];
    for Wanted { name, .. } in wanted {
        let is_component =
            !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', ':', '\0']);
        ensure!(is_component, "`{}` is not a valid file name", name.escape_debug());
        ensure!(
            !names.contains(&name.to_lowercase()),
            "two files would have the name {name}\nhelp: rename one of them"
        );
        names.push(name.to_lowercase());
    }
    Ok(())
}
