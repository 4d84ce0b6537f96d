//! The OCI archive: a layout of blobs as one tar file.
//!
//! It is written to a temporary file, synced and then renamed. Each blob is in it once, and equal input gives equal bytes.

use std::collections::BTreeMap;
use std::io;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::Serialize;
use tar::{Builder, EntryType};

use super::layer::header;
use crate::oci::{
    CONTAINERD_NAME, Descriptor, INDEX_FILE, Index, LAYOUT_FILE, Layout, MEDIA_INDEX, REF_NAME,
};
use sixfold_base::files::PartialFile;
use sixfold_model::digest::Digest;
use sixfold_model::reference::host_of;

/// The content of a blob.
#[derive(Debug)]
enum Content {
    Bytes(Vec<u8>),
    File(Utf8PathBuf, u64),
}

/// The blobs of an archive before it is written.
#[derive(Debug, Default)]
pub(crate) struct Archive {
    blobs: BTreeMap<Digest, Content>,
}

impl Archive {
    /// Adds a JSON document and returns its descriptor.
    pub(crate) fn add_json<T: Serialize>(&mut self, media_type: &str, value: &T) -> Result<Descriptor> {
        let bytes = serde_json::to_vec(value)?;
        let digest = Digest::of(&bytes);
        let descriptor = Descriptor::new(media_type, digest.clone(), bytes.len() as u64);
        self.blobs.insert(digest, Content::Bytes(bytes));
        Ok(descriptor)
    }

    /// Adds a blob whose content is a file of `size` bytes.
    pub(crate) fn add_file(&mut self, digest: Digest, path: Utf8PathBuf, size: u64) {
        self.blobs.insert(digest, Content::File(path, size));
    }

    /// Writes the archive with the image's index. `names` are references, `mtime` is in seconds since 1970. Returns the
    /// digest of the index and the length of the archive in bytes.
    pub(crate) fn write(
        mut self,
        index: &Index,
        names: &[String],
        mtime: u64,
        output: &Utf8Path,
    ) -> Result<(Digest, u64)> {
        let image = self.add_json(MEDIA_INDEX, index)?;
        let digest = image.digest.clone();
        let layout = Layout::new();
        let top = Index::new(named(image, names));
        let size = self
            .write_to(output, &serde_json::to_vec(&top)?, &serde_json::to_vec(&layout)?, mtime)
            .with_context(|| format!("cannot write {output}"))?;
        Ok((digest, size))
    }

    fn write_to(&self, path: &Utf8Path, index: &[u8], layout: &[u8], mtime: u64) -> Result<u64> {
        let file = PartialFile::create(path)?;
        let mut tar = Builder::new(io::BufWriter::with_capacity(256 * 1024, file));
        for folder in ["blobs/", "blobs/sha256/"] {
            tar.append_data(&mut header(EntryType::Directory, 0o755, mtime), folder, io::empty())?;
        }
        let mut append = |path: &str, size: u64, content: &mut dyn io::Read| {
            let mut header = header(EntryType::Regular, 0o644, mtime);
            header.set_size(size);
            tar.append_data(&mut header, path, content)
        };
        for (digest, content) in &self.blobs {
            match content {
                Content::Bytes(bytes) => {
                    append(&digest.blob_path(), bytes.len() as u64, &mut bytes.as_slice())?
                }
                Content::File(path, size) => append(&digest.blob_path(), *size, &mut fs::File::open(path)?)?,
            }
        }
        append(INDEX_FILE, index.len() as u64, &mut &*index)?;
        append(LAYOUT_FILE, layout.len() as u64, &mut &*layout)?;
        let file = tar.into_inner()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        let size = file.file().metadata()?.len();
        file.commit()?;
        Ok(size)
    }
}

/// The image's descriptor, once for each name, with the annotations of `docker buildx build --output type=oci`.
pub(super) fn named(image: Descriptor, names: &[String]) -> Vec<Descriptor> {
    let with_name = |name: &String| {
        let (full, tag) = canonical(name);
        let annotations = [(CONTAINERD_NAME.to_owned(), full), (REF_NAME.to_owned(), tag)];
        Descriptor { annotations: annotations.into(), ..image.clone() }
    };
    match names {
        [] => vec![image],
        names => names.iter().map(with_name).collect(),
    }
}

/// The reference with the registry and tag that Docker adds, and the tag.
fn canonical(name: &str) -> (String, String) {
    let (path, tag) = match name.rsplit_once(':') {
        Some((path, tag)) if !tag.contains('/') => (path, tag),
        _ => (name, "latest"),
    };
    let path = match host_of(path) {
        Some(_) => path.to_owned(),
        None if path.contains('/') => format!("docker.io/{path}"),
        None => format!("docker.io/library/{path}"),
    };
    (format!("{path}:{tag}"), tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::canonical;

    #[test]
    fn names_are_completed_as_by_docker() {
        for (name, full, tag) in [
            ("x", "docker.io/library/x:latest", "latest"),
            ("x/y:1.0", "docker.io/x/y:1.0", "1.0"),
            ("localhost:5000/x/y:1", "localhost:5000/x/y:1", "1"),
            ("localhost:5000/x", "localhost:5000/x:latest", "latest"),
            ("ghcr.io/x/y:2", "ghcr.io/x/y:2", "2"),
        ] {
            assert_eq!(canonical(name), (full.to_owned(), tag.to_owned()), "{name}");
        }
    }
}
