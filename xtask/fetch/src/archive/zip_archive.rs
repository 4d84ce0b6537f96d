//! Extracts files from a zip archive. As in other programs, the central directory decides which files it contains.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context as _, Result, ensure};
use zip::ZipArchive;

use super::limits::Limits;
use super::members::Members;

/// Extracts the requested files.
pub(crate) fn extract(file: File, members: &mut Members<'_>, limits: &mut Limits) -> Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(file)).context("it is a damaged zip")?;
    ensure!(!archive.has_duplicate_names(), "it contains two files with the same name");
    ensure!(
        !archive.has_overlapping_files().context("it is a damaged zip")?,
        "it is a zip whose files overlap"
    );
    for index in 0..archive.len() {
        // Raw, because other members may use a compression that is not supported here.
        let entry = archive.by_index_raw(index).context("it is a damaged zip")?;
        let name = entry.name().context("it is a zip with an invalid file name")?.into_owned();
        let special = if entry.is_dir() {
            Some("a folder")
        } else if entry.is_symlink() {
            Some("a link")
        } else if entry.encrypted() {
            Some("encrypted")
        } else {
            None
        };
        drop(entry);
        if let Some(member) = members.select(&name, special)? {
            let entry = archive.by_index(index).with_context(|| format!("cannot unpack {name}"))?;
            member.write(&mut limits.limit(entry))?;
        }
    }
    Ok(())
}
