//! Unpacks the archive of an OCI layout.

use std::io::{Read, copy};

use anyhow::{Context as _, Result, ensure};
use camino::Utf8Path;
use fs_err as fs;
use sixfold_model::digest::Digest;

use super::tar_entries::each_entry;
use crate::hash::HashWriter;
use crate::oci::{DAMAGED, INDEX_FILE, LAYOUT_FILE};

/// The folder of blobs in a layout.
const BLOBS: &str = "blobs/sha256/";

/// Unpacks an OCI archive into an empty folder. What does not belong to the layout is left out.
///
/// Fails if the file is not the archive of a layout, and if a blob does not have the digest that is its name.
pub fn unpack(archive: &Utf8Path, folder: &Utf8Path) -> Result<()> {
    fs::create_dir_all(folder.join(BLOBS))?;
    let help = "help: give an OCI archive, as `dist` writes it";
    let file = fs::File::open(archive).with_context(|| format!("cannot read {archive}\n{help}"))?;
    each_entry(file, &mut |_, header, content| {
        let name = header.name.trim_start_matches("./");
        if !header.kind.is_file() {
            return Ok(());
        }
        match name.strip_prefix(BLOBS) {
            Some(digest) => blob(folder, digest, content),
            None if [INDEX_FILE, LAYOUT_FILE].contains(&name) => write(&folder.join(name), content).map(drop),
            None => Ok(()),
        }
    })
    .with_context(|| format!("cannot read {archive}"))?;
    ensure!(
        folder.join(INDEX_FILE).is_file(),
        "{archive} is not an OCI archive: it has no {INDEX_FILE}\nhelp: `dist` and `docker buildx build --output type=oci` write such archives"
    );
    Ok(())
}

fn blob(folder: &Utf8Path, digest: &str, content: &mut dyn Read) -> Result<()> {
    let stated = format!("sha256:{digest}").parse::<Digest>().map_err(anyhow::Error::msg)?;
    let actual = write(&folder.join(stated.blob_path()), content)?;
    ensure!(actual == stated, "the content of {stated} does not match its digest\n{DAMAGED}");
    Ok(())
}

/// Writes a new file. Fails if the archive had one of this name before.
fn write(path: &Utf8Path, content: &mut dyn Read) -> Result<Digest> {
    let mut file = HashWriter::new(fs::File::create_new(path)?);
    copy(content, &mut file)?;
    Ok(file.finish().1)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unpacks an archive with these files. Returns the names of what is in the folder then.
    fn unpacked(files: &[(&str, &str)]) -> Result<Vec<String>, String> {
        let temp = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(temp.path()).unwrap();
        let mut archive = tar::Builder::new(fs::File::create(root.join("a.tar")).unwrap());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            archive.append_data(&mut header, name, content.as_bytes()).unwrap();
        }
        archive.into_inner().unwrap();
        let folder = root.join("out");
        unpack(&root.join("a.tar"), &folder).map_err(|error| format!("{error:#}"))?;
        let entries =
            walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().map(|entry| entry.unwrap());
        let files = entries.filter(|entry| entry.file_type().is_file());
        Ok(files.map(|entry| entry.file_name().to_str().unwrap().to_owned()).collect())
    }

    #[test]
    fn only_the_layout_is_unpacked_and_each_blob_must_have_its_digest() {
        let digest = Digest::of(b"content").to_string().replace("sha256:", "");
        let blob = format!("blobs/sha256/{digest}");
        let layout = [(INDEX_FILE, "{}"), (LAYOUT_FILE, "{}"), (&*blob, "content"), ("manifest.json", "[]")];
        assert_eq!(unpacked(&layout).unwrap(), [&*digest, INDEX_FILE, LAYOUT_FILE]);
        let error = |files: &[(&str, &str)]| unpacked(files).unwrap_err();
        assert!(error(&[(INDEX_FILE, "{}"), (&blob, "other")]).contains("does not match its digest"));
        assert!(error(&[(INDEX_FILE, "{}"), (INDEX_FILE, "[]")]).contains("exist"));
        assert!(error(&[("blobs/sha256/x", "x")]).contains("cannot read"));
        assert!(error(&[("manifest.json", "[]")]).contains("is not an OCI archive"));
    }
}
