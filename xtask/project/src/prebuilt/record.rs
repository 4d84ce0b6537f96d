//! What a run before has left in the dist folder: the files of prebuilt programs, by the digests of what they came from and
//! of what they are. What still is as recorded needs neither the cache nor the crate `fetch`.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use crate::plan::Download;
use sixfold_base::dist_folder::DistFolder;
use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::wanted::Wanted;

const FILE: &str = "prebuilt.json";
/// The folder below the dist folder.
const FOLDER: &str = "prebuilt";

/// By the download's id.
#[derive(Debug, Default, Deserialize, Serialize)]
pub(super) struct Record(BTreeMap<String, Entry>);

#[derive(Debug, Deserialize, Serialize)]
struct Entry {
    /// Of the download.
    sha256: Digest,
    /// With the digest of each as it was unpacked.
    files: Vec<(Wanted, Digest)>,
}

/// The folder that the files of a download are put into.
pub(super) fn folder(dist: &DistFolder, download: &Download) -> Utf8PathBuf {
    dist.join(FOLDER).join(&download.binary).join(download.cell.to_string())
}

impl Record {
    /// What cannot be read is no record: everything is made again.
    pub(super) fn read(dist: &DistFolder) -> Self {
        let text = fs::read_to_string(dist.join(FILE)).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Whether all files of the download are there, byte for byte.
    pub(super) fn holds(&self, dist: &DistFolder, download: &Download) -> bool {
        let Some(entry) = self.0.get(&download.id()) else { return false };
        let folder = folder(dist, download);
        let is_same = |(wanted, digest): &(Wanted, Digest)| {
            fs::read(folder.join(&wanted.name)).is_ok_and(|bytes| Digest::of(&bytes) == *digest)
        };
        let wanted = entry.files.iter().map(|(wanted, _)| wanted);
        entry.sha256 == download.sha256 && wanted.eq(&download.files) && entry.files.iter().all(is_same)
    }

    /// Remembers the files of a download, which are in place.
    pub(super) fn add(&mut self, dist: &DistFolder, download: &Download) -> Result<()> {
        let folder = folder(dist, download);
        let digest = |wanted: &Wanted| Ok((wanted.clone(), digest(&folder.join(&wanted.name))?));
        let files = download.files.iter().map(digest).collect::<Result<_>>()?;
        self.0.insert(download.id(), Entry { sha256: download.sha256.clone(), files });
        Ok(())
    }

    pub(super) fn write(&self, dist: &DistFolder) -> Result<()> {
        dist.write(FILE, &serde_json::to_vec_pretty(self)?)?;
        Ok(())
    }
}

fn digest(file: &Utf8Path) -> Result<Digest> {
    Ok(Digest::of(&fs::read(file)?))
}
