//! Directories in the cache for files that are compiled into the program: macOS stubs and headers.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest as _, Sha256};

use sixfold_base::cache;

/// Writes the files into a directory in `parent`, unless it exists, and returns it.
pub(crate) fn directory(parent: &Utf8Path, name: &str, files: &[(&Utf8Path, &str)]) -> Result<Utf8PathBuf> {
    made_from(parent, name, files, |dir| write(dir, files))
}

/// Fills a directory in `parent`, unless it exists, and returns it. It is called `NAME-DIGEST`, with a digest of the texts that its
/// content is made from, so that each version of the program has its own.
pub(crate) fn made_from(
    parent: &Utf8Path,
    name: &str,
    texts: &[(&Utf8Path, &str)],
    fill: impl FnOnce(&Utf8Path) -> Result<()>,
) -> Result<Utf8PathBuf> {
    let dir = parent.join(format!("{name}-{}", digest(texts)));
    cache::once(&dir, Utf8Path::is_dir, fill).with_context(|| {
        format!(
            "cannot write {dir}\nhelp: free some disk space, or set {} to another directory",
            cache::VARIABLE
        )
    })?;
    Ok(dir)
}

/// Writes the files into a directory.
pub(crate) fn write(dir: &Utf8Path, files: &[(&Utf8Path, &str)]) -> Result<()> {
    for (path, text) in files {
        let path = dir.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// A digest of file names and contents, short enough for a file name.
pub(crate) fn digest(files: &[(&Utf8Path, &str)]) -> String {
    let mut digest = Sha256::new();
    for (path, text) in files {
        digest.update(format!("{path}\n{}\n", text.len()));
        digest.update(text);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
