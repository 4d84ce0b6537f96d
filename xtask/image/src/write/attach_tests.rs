//! SBOMs that are attached to an image and read again.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use sixfold_model::matrix::Platform;
use tempfile::TempDir;

use super::builtin::{self, Request};
use super::supported::BuiltinDockerfile;
use super::{attach, pack};
use crate::read;

/// An unpacked image of both platforms.
struct Image {
    root: Utf8PathBuf,
    names: Vec<String>,
    _temp: TempDir,
}

impl Image {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root: Utf8PathBuf = temp.path().to_owned().try_into().unwrap();
        std::fs::create_dir(root.join("stage")).unwrap();
        std::fs::write(root.join("stage/file"), "content").unwrap();
        let dockerfile = "FROM scratch\nCOPY file /\n";
        let names = vec!["example/tool:1".to_owned(), "example/tool:latest".to_owned()];
        builtin::write(&Request {
            stage: &root.join("stage"),
            dockerfile: &BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), dockerfile, false).unwrap(),
            platforms: &Platform::ALL,
            labels: &BTreeMap::new(),
            created: 0,
            file_time: 0,
            names: &names,
            cache: &root.join("cache"),
            output: &root.join("image.tar"),
        })
        .unwrap();
        read::unpack(&root.join("image.tar"), &root.join("layout")).unwrap();
        Self { root, names, _temp: temp }
    }

    fn layout(&self) -> Utf8PathBuf {
        self.root.join("layout")
    }

    fn attach(&self) -> Vec<u8> {
        attach(&self.layout(), &documents(), &self.names).unwrap();
        let packed = self.root.join("packed.tar");
        pack(&self.layout(), &self.names, 0, &packed).unwrap();
        std::fs::read(packed).unwrap()
    }
}

fn documents() -> BTreeMap<Platform, Value> {
    Platform::ALL.into_iter().map(|platform| (platform, json!({ "name": platform.to_string() }))).collect()
}

#[test]
fn each_platform_has_its_document_and_its_files_as_before() {
    let image = Image::new();
    image.attach();
    let index = read_json(&image, &read_json_file(&image.layout().join("index.json"))["manifests"][0]);
    for (attestation, document) in [2, 3].into_iter().zip(documents().values()) {
        let manifest = read_json(&image, &index["manifests"][attestation]);
        assert_eq!(read_json(&image, &manifest["layers"][0])["predicate"], *document);
    }
    let source = read::open(image.root.join("packed.tar").as_str()).unwrap();
    assert_eq!(source.tag.as_deref(), Some("1"));
    assert_eq!(source.images.len(), 2);
    assert!(source.images.iter().all(|image| image.tree.resolve("/file").is_some()));
    assert!(source.others.is_empty(), "the attestations are no images");
    for (attestation, platform) in source.attestations.iter().zip(Platform::ALL) {
        assert_eq!(attestation.platform, Some(platform.to_string()));
        assert!(attestation.is_confirmed_by(attestation.statements[0].as_ref().unwrap()));
    }
}

#[test]
fn equal_documents_give_equal_archives() {
    assert_eq!(Image::new().attach(), Image::new().attach());
}

#[test]
fn a_platform_without_a_document_is_an_error() {
    let image = Image::new();
    let some = documents().into_iter().take(1).collect();
    let error = attach(&image.layout(), &some, &image.names).unwrap_err().to_string();
    assert_eq!(error, "there is no SBOM for linux/arm64");
}

fn read_json(image: &Image, descriptor: &Value) -> Value {
    let digest = descriptor["digest"].as_str().unwrap().replace(':', "/");
    read_json_file(&image.layout().join(format!("blobs/{digest}")))
}

fn read_json_file(path: &Utf8Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}
