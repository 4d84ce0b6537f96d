//! Files of a zip archive. Its central directory is what counts, as for every other program.

use std::fs::File;
use std::io::BufReader;

use anyhow::{Context as _, Result, ensure};
use zip::ZipArchive;

use super::limits::Limits;
use super::members::Members;

/// Takes what is wanted out of the archive.
pub fn take(file: File, members: &mut Members<'_>, limits: &mut Limits) -> Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(file)).context("it is a broken zip")?;
    ensure!(!archive.has_duplicate_names(), "it holds files of the same name");
    ensure!(
        !archive.has_overlapping_files().context("it is a broken zip")?,
        "it is a zip with overlapping files"
    );
    for number in 0..archive.len() {
        // Without unpacking: most members are not wanted, and may be packed in a way that is not known here.
        let entry = archive.by_index_raw(number).context("it is a broken zip")?;
        let name = entry.name().context("it is a zip with a broken name")?.into_owned();
        let (is_plain, what) = match (entry.is_dir(), entry.is_symlink(), entry.encrypted()) {
            (true, ..) => (false, "a folder"),
            (_, true, _) => (false, "a link"),
            (.., true) => (false, "encrypted"),
            _ => (true, ""),
        };
        drop(entry);
        if let Some(wanted) = members.meet(&name, is_plain, what)? {
            let entry = archive.by_index(number).with_context(|| format!("cannot unpack {name}"))?;
            members.write(wanted, &mut limits.watch(entry))?;
        }
    }
    Ok(())
}
