//! Folders of the cache that hold texts of this program: macOS stubs and headers.

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sha2::{Digest as _, Sha256};

use sixfold_base::cache;

/// Writes the texts below a folder in `parent`, if they are not there, and returns the folder: `NAME-DIGEST`, where the
/// digest is of all that it holds, so that other versions of this program have others.
pub(crate) fn folder(parent: &Utf8Path, name: &str, files: &[(&Utf8Path, &str)]) -> Result<Utf8PathBuf> {
    let dir = parent.join(format!("{name}-{}", digest(files)));
    cache::once(&dir, Utf8Path::is_dir, |partial| write(partial, files)).with_context(|| {
        format!("cannot write {dir}: free some space, or set {} to another folder", cache::VARIABLE)
    })?;
    Ok(dir)
}

fn write(dir: &Utf8Path, files: &[(&Utf8Path, &str)]) -> Result<()> {
    for (path, text) in files {
        let path = dir.join(path);
        path.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn digest(files: &[(&Utf8Path, &str)]) -> String {
    let mut digest = Sha256::new();
    for (path, text) in files {
        digest.update(format!("{path}\n{}\n", text.len()));
        digest.update(text);
    }
    digest.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
