use std::io::Write as _;

use camino::Utf8PathBuf;
use serde_json::json;

use super::fixtures::{METADATA, codes, programs};
use super::{desktops, image};
use crate::report::Format;
use sixfold_image::oci::{MEDIA_CONFIG, MEDIA_INDEX, MEDIA_MANIFEST};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::{Arch, Platform};

/// The files of a correct extension as one layer.
fn layer(arch: Arch) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    let mut add = |path: &str, bytes: &[u8], mode| {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(mode);
        builder.append_data(&mut header, path, bytes).unwrap();
    };
    for (path, text) in [("metadata.json", METADATA), ("icon.svg", "<svg/>"), ("ui/index.html", "<html/>")] {
        add(path, text.as_bytes(), 0o644);
    }
    for (path, bytes) in programs(arch) {
        add(path, &bytes, 0o755);
    }
    builder.into_inner().unwrap()
}

/// Compresses a layer; the first value is the end of its media type.
type Pack = fn(&[u8]) -> (&'static str, Vec<u8>);

fn gzip(bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    ("tar+gzip", encoder.finish().unwrap())
}

fn zstd(bytes: &[u8]) -> (&'static str, Vec<u8>) {
    let packed = ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest);
    ("tar+zstd", packed)
}

/// What BuildKit says about the image with this descriptor.
fn statement(image: &serde_json::Value) -> serde_json::Value {
    let digest: Digest = serde_json::from_value(image["digest"].clone()).unwrap();
    json!({
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [{ "name": "pkg:docker/x", "digest": { "sha256": digest.hex() } }],
        "predicate": { "builder": { "id": "" } },
    })
}

/// Files by name, to be written as a directory or as an archive.
#[derive(Default)]
struct Parts(Vec<(String, Vec<u8>)>);

impl Parts {
    /// Adds a blob; returns its descriptor.
    fn blob(&mut self, media_type: &str, bytes: Vec<u8>) -> serde_json::Value {
        let digest = Digest::of(&bytes);
        let descriptor = json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() });
        if self.0.iter().all(|(name, _)| *name != digest.blob_path()) {
            self.0.push((digest.blob_path(), bytes));
        }
        descriptor
    }

    fn document(&mut self, media_type: &str, document: serde_json::Value) -> serde_json::Value {
        self.blob(media_type, document.to_string().into_bytes())
    }

    fn manifest(&mut self, arch: Arch, pack: Pack) -> serde_json::Value {
        let layer = layer(arch);
        let config = self.document(MEDIA_CONFIG, config(arch, &[&layer]));
        let (suffix, packed) = pack(&layer);
        let layer = self.blob(&format!("application/vnd.oci.image.layer.v1.{suffix}"), packed);
        self.document(MEDIA_MANIFEST, json!({ "schemaVersion": 2, "config": config, "layers": [layer] }))
    }

    /// What BuildKit adds to an index to describe the image with this descriptor.
    fn attestation(&mut self, image: &serde_json::Value, statement: serde_json::Value) -> serde_json::Value {
        let unknown = json!({ "os": "unknown", "architecture": "unknown" });
        let config = self.document(
            MEDIA_CONFIG,
            json!({ "os": "unknown", "architecture": "unknown", "rootfs": { "type": "layers" } }),
        );
        let layer = self.document("application/vnd.in-toto+json", statement);
        let mut attestation =
            self.document(MEDIA_MANIFEST, json!({ "schemaVersion": 2, "config": config, "layers": [layer] }));
        attestation["platform"] = unknown;
        attestation["annotations"] = json!({
            "vnd.docker.reference.digest": image["digest"],
            "vnd.docker.reference.type": "attestation-manifest",
        });
        attestation
    }

    fn index(&mut self, manifests: Vec<serde_json::Value>) {
        let index = json!({ "schemaVersion": 2, "manifests": manifests });
        self.0.push(("index.json".into(), index.to_string().into_bytes()));
        self.0.push(("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    }

    fn folder(&self) -> (tempfile::TempDir, Utf8PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let folder = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
        for (name, bytes) in &self.0 {
            let file = folder.join(name);
            fs_err::create_dir_all(file.parent().unwrap()).unwrap();
            fs_err::write(file, bytes).unwrap();
        }
        (temp, folder)
    }

    fn archive(&self, links: &[(&str, &str)]) -> (tempfile::TempDir, Utf8PathBuf) {
        let temp = tempfile::tempdir().unwrap();
        let path = Utf8PathBuf::try_from(temp.path().join("image.tar")).unwrap();
        let mut builder = tar::Builder::new(fs_err::File::create(&path).unwrap());
        for (name, bytes) in &self.0 {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, &bytes[..]).unwrap();
        }
        for (name, target) in links {
            let mut header = tar::Header::new_gnu();
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            builder.append_link(&mut header, name, target).unwrap();
        }
        builder.finish().unwrap();
        (temp, path)
    }
}

fn config(arch: Arch, layers: &[&[u8]]) -> serde_json::Value {
    let ids: Vec<_> = layers.iter().map(|layer| Digest::of(layer)).collect();
    let rootfs = json!({ "type": "layers", "diff_ids": ids });
    json!({ "architecture": arch.as_str(), "os": "linux", "config": { "Labels": { "a": "b" } }, "rootfs": rootfs })
}

/// A nested index with both platforms, an attestation and an artifact.
fn layout() -> Parts {
    let mut parts = Parts::default();
    let amd64 = parts.manifest(Arch::Amd64, gzip);
    let arm64 = parts.manifest(Arch::Arm64, zstd);
    let attestation = parts.attestation(&amd64, statement(&amd64));
    let empty = parts.blob("application/vnd.example.thing", b"{}".to_vec());
    let artifact =
        parts.document(MEDIA_MANIFEST, json!({ "schemaVersion": 2, "config": empty, "layers": [] }));
    let mut nested = parts.document(
        MEDIA_INDEX,
        json!({ "schemaVersion": 2, "manifests": [arm64, attestation, artifact, amd64] }),
    );
    nested["annotations"] = json!({ "org.opencontainers.image.ref.name": "1.0.0" });
    parts.index(vec![nested]);
    parts
}

#[test]
fn a_layout_can_be_a_directory_or_an_archive() {
    let parts = layout();
    for (_temp, path) in [parts.folder(), parts.archive(&[])] {
        let inspection = image(path.as_str()).unwrap();
        assert_eq!(inspection.platforms, Platform::ALL, "{path}");
        assert_eq!(inspection.cells.len(), 6);
        let verdicts: Vec<_> = inspection.cells.iter().map(|cell| cell.verdict.as_str()).collect();
        assert_eq!(verdicts, ["native"; 6]);
        let reasons = desktops::reasons(&inspection.desktops).join("\n");
        assert!(reasons.contains("Podman Desktop on every host: labels are missing: "), "{reasons}");
    }
}

#[test]
fn archives_of_docker_save_can_be_read() {
    let mut parts = Parts::default();
    let layer = layer(Arch::Arm64);
    let config = config(Arch::Arm64, &[&layer, &layer]);
    parts.0.push(("first/layer.tar".into(), layer));
    parts.0.push(("config.json".into(), config.to_string().into_bytes()));
    let manifest = json!([{ "Config": "config.json", "RepoTags": ["x/y:latest"], "Layers": ["first/layer.tar", "second/layer.tar"] }]);
    parts.0.push(("manifest.json".into(), manifest.to_string().into_bytes()));
    let (_temp, path) = parts.archive(&[("second/layer.tar", "../first/layer.tar")]);
    let inspection = image(path.as_str()).unwrap();
    assert_eq!(inspection.platforms, [Platform(Arch::Arm64)]);
    assert!(codes(&inspection).contains(&"platform-missing"));
    assert!(codes(&inspection).contains(&"tag-not-semver"));
    assert!(inspection.cells.iter().all(|cell| cell.verdict.as_str() == "native"));
}

#[test]
fn an_archive_of_docker_save_lists_at_most_1000_images() {
    let mut parts = Parts::default();
    parts.0.push(("config.json".into(), config(Arch::Arm64, &[]).to_string().into_bytes()));
    let saved = json!({ "Config": "config.json", "RepoTags": null, "Layers": [] });
    parts.0.push(("manifest.json".into(), json!(vec![saved; 1001]).to_string().into_bytes()));
    let (_temp, path) = parts.archive(&[]);
    let error = format!("{:#}", image(path.as_str()).unwrap_err());
    assert!(error.contains("more than 1000 images"), "{error}");
}

#[test]
fn a_damaged_blob_is_an_error() {
    for part in 0..layout().0.len() - 1 {
        let mut parts = layout();
        let (name, bytes) = &mut parts.0[part];
        let at = bytes.len() / 2;
        if name == "index.json" || at == 0 || bytes == b"{}" {
            continue;
        }
        bytes[at] ^= 1;
        let name = name.clone();
        let (_temp, path) = parts.folder();
        match image(path.as_str()) {
            Err(error) => assert!(format!("{error:#}").contains(&name), "{error:#}"),
            // The layers of an attestation are not read.
            Ok(inspection) => assert_eq!(inspection.cells.len(), 6, "{name}"),
        }
    }
}

#[test]
fn deeply_nested_indexes_are_refused() {
    let mut parts = Parts::default();
    let mut inner = parts.manifest(Arch::Amd64, gzip);
    for _ in 0..20 {
        inner =
            parts.document(MEDIA_INDEX, json!({ "schemaVersion": 2, "manifests": [inner.clone(), inner] }));
    }
    parts.index(vec![inner]);
    let (_temp, path) = parts.folder();
    assert!(format!("{:#}", image(path.as_str()).unwrap_err()).contains("nested more than"));
}

#[test]
fn other_files_are_an_error() {
    let temp = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(temp.path().join("x")).unwrap();
    for (bytes, expected) in [
        (&b"\x1f\x8b\x08\0"[..], "gunzip"),
        (b"hello", "not a tar archive"),
        (b"", "is not an image"),
        (&[0; 1024], "is not an image"),
    ] {
        fs_err::write(&path, bytes).unwrap();
        let error = format!("{:#}", image(path.as_str()).unwrap_err());
        assert!(error.contains(expected), "{error}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn corrupted_archives_are_read_without_a_panic(
        changes in proptest::collection::vec((proptest::prelude::any::<proptest::sample::Index>(), proptest::prelude::any::<u8>()), 1..20),
    ) {
        let (_temp, path) = layout().archive(&[]);
        let mut bytes = fs_err::read(&path).unwrap();
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        fs_err::write(&path, &bytes).unwrap();
        if let Ok(inspection) = image(path.as_str()) {
            let _ = inspection.render(crate::report::Format::Text);
        }
    }
}

#[test]
fn attestations_are_reported_for_their_platform() {
    let (_temp, path) = layout().folder();
    let inspection = image(path.as_str()).unwrap();
    assert!(!codes(&inspection).iter().any(|code| code.starts_with("attestation")));
    let json: serde_json::Value = serde_json::from_str(&inspection.render(Format::Json).unwrap()).unwrap();
    let predicate = "https://slsa.dev/provenance/v0.2";
    let expected = json!([{ "platform": "linux/amd64", "predicate_type": predicate, "matches": true }]);
    assert_eq!(json["attestations"], expected);
    assert!(json.get("signatures").is_none(), "the registry was not asked");
    let line = format!(
        "attested for linux/amd64: SLSA provenance, {predicate}; the digest matches, the statement is not signed"
    );
    let text = inspection.render(Format::Text).unwrap().replace('\n', " ");
    assert!(text.contains(&line), "{text}");
    assert!(
        inspection.render(Format::Markdown).unwrap().contains("\nAttached:\n\n- attested for linux/amd64")
    );
}

#[test]
fn an_image_is_the_same_with_and_without_attestations() {
    let identities = |is_attested: bool| {
        let mut parts = Parts::default();
        let amd64 = parts.manifest(Arch::Amd64, gzip);
        let attestation = parts.attestation(&amd64, statement(&amd64));
        parts.index(std::iter::once(amd64).chain(is_attested.then_some(attestation)).collect());
        let (_temp, path) = parts.folder();
        let inspection = image(path.as_str()).unwrap();
        assert_eq!(inspection.attached().len(), usize::from(is_attested));
        inspection.identities
    };
    assert_eq!(identities(true), identities(false));
}

#[test]
fn an_attestation_of_another_image_is_an_error() {
    let found = |change: &dyn Fn(&mut serde_json::Value), about: Option<Digest>| {
        let mut parts = Parts::default();
        let amd64 = parts.manifest(Arch::Amd64, gzip);
        let mut statement = statement(&amd64);
        change(&mut statement);
        let mut attestation = parts.attestation(&amd64, statement);
        if let Some(about) = about {
            attestation["annotations"]["vnd.docker.reference.digest"] = json!(about);
        }
        parts.index(vec![amd64, attestation]);
        let (_temp, path) = parts.folder();
        let inspection = image(path.as_str()).unwrap();
        assert!(inspection.attached().is_empty(), "only what matches is listed");
        let found = inspection.findings.iter().filter(|it| it.code().starts_with("attestation"));
        found.map(|it| (it.code(), it.message.clone())).collect::<Vec<_>>()
    };
    let other = Digest::of(b"other");
    let subject = json!([{ "name": "x", "digest": { "sha256": other.hex() } }]);
    let of_another = found(&|statement| statement["subject"] = subject.clone(), None);
    assert!(
        matches!(&of_another[..], [("attestation-subject", message)] if message.contains(other.as_str()))
    );
    let unlisted = found(&|_| {}, Some(other.clone()));
    assert!(matches!(&unlisted[..], [("attestation-subject", message)] if message.contains(other.as_str())));
    let unnamed = found(&|statement| statement["subject"] = json!([]), None);
    assert!(matches!(&unnamed[..], [("attestation-unnamed", _)]), "{unnamed:?}");
    let malformed = found(&|statement| statement["subject"] = json!(1), None);
    assert!(
        matches!(&malformed[..], [("attestation-malformed", message)] if message.contains("linux/amd64"))
    );
}
