//! Reads the contents of each platform's image from an OCI archive, independently of the code under test.

use std::collections::BTreeMap;
use std::io::Read;

use camino::Utf8Path;
use serde_json::Value;

/// The image of one platform.
#[derive(Debug)]
pub(crate) struct Variant {
    /// The image configuration, unchanged.
    pub config: Value,
    /// Everything in the image by its path, which begins with `/`.
    pub entries: BTreeMap<String, Entry>,
    pub layers: Vec<String>,
}

/// A file or folder in an image. A folder has no content.
#[derive(Clone, PartialEq)]
pub(crate) struct Entry {
    pub folder: bool,
    pub mode: u32,
    pub owner: (u64, u64),
    pub modified: u64,
    pub content: Vec<u8>,
}

impl std::fmt::Debug for Entry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Entry { folder, mode, owner, modified, content } = self;
        write!(f, "folder {folder}, {mode:o}, {owner:?}, {modified}, {} bytes", content.len())
    }
}

/// The variants of an archive by platform.
pub(crate) fn read_archive(path: &Utf8Path) -> BTreeMap<String, Variant> {
    let blobs = unpack(&fs_err::read(path).unwrap());
    let layout = json(&blobs, "oci-layout");
    assert_eq!(layout["imageLayoutVersion"], "1.0.0");
    let mut index = json(&blobs, "index.json");
    let top = &index["manifests"][0];
    if top["mediaType"] == "application/vnd.oci.image.index.v1+json" {
        index = json(&blobs, &blob(top));
    }
    let manifests = index["manifests"].as_array().unwrap().iter();
    let named = |manifest| {
        let variant = variant(&blobs, manifest);
        (platform(manifest, &variant), variant)
    };
    manifests.map(named).collect()
}

/// If docker writes an archive with a single image, its platform is only in its configuration.
fn platform(manifest: &Value, variant: &Variant) -> String {
    let platform = manifest.get("platform").unwrap_or(&variant.config);
    let part = |name: &str| platform[name].as_str().unwrap().to_owned();
    format!("{}/{}", part("os"), part("architecture"))
}

fn variant(blobs: &BTreeMap<String, Vec<u8>>, manifest: &Value) -> Variant {
    let manifest = json(blobs, &blob(manifest));
    let mut entries = BTreeMap::new();
    let mut layers = Vec::new();
    for layer in manifest["layers"].as_array().unwrap() {
        let mut tar = Vec::new();
        flate2::read::MultiGzDecoder::new(blobs[&blob(layer)].as_slice()).read_to_end(&mut tar).unwrap();
        read_layer(&tar, &mut entries);
        layers.push(layer["digest"].as_str().unwrap().to_owned());
    }
    Variant { config: json(blobs, &blob(&manifest["config"])), entries, layers }
}

fn read_layer(tar: &[u8], entries: &mut BTreeMap<String, Entry>) {
    for entry in tar::Archive::new(tar).entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = format!("/{}", entry.path().unwrap().to_str().unwrap().trim_matches('/'));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let header = entry.header();
        let owner = (header.uid().unwrap(), header.gid().unwrap());
        let (folder, mode) = (header.entry_type().is_dir(), header.mode().unwrap() & 0o7777);
        entries.insert(path, Entry { folder, mode, owner, modified: header.mtime().unwrap(), content });
    }
}

/// The path of a descriptor's blob in the layout.
fn blob(descriptor: &Value) -> String {
    format!("blobs/{}", descriptor["digest"].as_str().unwrap().replacen(':', "/", 1))
}

fn json(blobs: &BTreeMap<String, Vec<u8>>, name: &str) -> Value {
    serde_json::from_slice(blobs.get(name).unwrap_or_else(|| panic!("no {name} in the archive"))).unwrap()
}

/// All files in the archive. The digest of each blob must match its name.
fn unpack(archive: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(archive).entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        if let Some(digest) = path.strip_prefix("blobs/sha256/").filter(|digest| !digest.is_empty()) {
            assert_eq!(sha256(&content), digest);
        }
        files.insert(path, content);
    }
    files
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
