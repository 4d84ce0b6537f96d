//! What an image states about its parts must be true, and must mean the same to every reader.

use camino::Utf8PathBuf;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::source::Source;
use crate::oci::{MEDIA_CONFIG, MEDIA_DOCKER_MANIFEST, MEDIA_INDEX, MEDIA_MANIFEST};
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A layer with a file of this content.
fn tar(content: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(vec![]);
    let mut header = tar::Header::new_ustar();
    header.set_size(content.len() as u64);
    builder.append_data(&mut header, "file", content.as_bytes()).unwrap();
    builder.into_inner().unwrap()
}

fn platform(architecture: &str) -> Value {
    json!({ "os": "linux", "architecture": architecture })
}

/// A layout in a folder.
struct Layout {
    _temp: TempDir,
    root: Utf8PathBuf,
}

impl Layout {
    fn new() -> Self {
        let temp = tempfile::tempdir().unwrap();
        let root: Utf8PathBuf = temp.path().to_owned().try_into().unwrap();
        std::fs::create_dir_all(root.join("blobs/sha256")).unwrap();
        std::fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { _temp: temp, root }
    }

    fn blob(&self, media_type: &str, bytes: &[u8]) -> Value {
        let digest = Digest::of(bytes);
        std::fs::write(self.root.join(digest.blob_path()), bytes).unwrap();
        json!({ "mediaType": media_type, "digest": digest, "size": bytes.len() })
    }

    fn document(&self, media_type: &str, document: &Value) -> Value {
        self.blob(media_type, document.to_string().as_bytes())
    }

    fn config(&self, architecture: &str, diff_ids: &[Digest]) -> Value {
        let rootfs = json!({ "type": "layers", "diff_ids": diff_ids });
        let config = json!({ "os": "linux", "architecture": architecture, "rootfs": rootfs });
        self.document(MEDIA_CONFIG, &config)
    }

    fn manifest(&self, config: &Value, layers: &[Value]) -> Value {
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MEDIA_MANIFEST, "config": config, "layers": layers });
        self.document(MEDIA_MANIFEST, &manifest)
    }

    /// The descriptor of an image of one layer, which has its platform.
    fn image(&self, architecture: &str) -> Value {
        let layer = tar(architecture);
        let config = self.config(architecture, &[Digest::of(&layer)]);
        let mut image = self.manifest(&config, &[self.blob(LAYER, &layer)]);
        image["platform"] = platform(architecture);
        image
    }

    fn try_open(&self, manifests: &[Value]) -> anyhow::Result<Source> {
        let index = json!({ "schemaVersion": 2, "manifests": manifests });
        std::fs::write(self.root.join("index.json"), index.to_string()).unwrap();
        super::open(self.root.as_str())
    }

    fn open(&self, manifests: &[Value]) -> Source {
        self.try_open(manifests).unwrap()
    }

    /// Why the image cannot be read.
    fn error(&self, manifests: &[Value]) -> String {
        match self.try_open(manifests) {
            Ok(source) => panic!("was read: {:?}", source.others),
            Err(error) => format!("{error:#}"),
        }
    }
}

#[test]
fn an_image_is_read_once_for_all_its_names() {
    let layout = Layout::new();
    let (amd64, arm64) = (layout.image("amd64"), layout.image("arm64"));
    let source = layout.open(&[arm64.clone(), amd64, arm64]);
    assert_eq!(source.images.iter().map(|image| image.platform).collect::<Vec<_>>(), Platform::ALL);
}

#[test]
fn a_platform_must_match_the_configuration() {
    let layout = Layout::new();
    let mut image = layout.image("arm64");
    image["platform"] = platform("amd64");
    assert!(
        layout
            .error(std::slice::from_ref(&image))
            .contains("for linux/amd64, but its configuration is for linux/arm64")
    );
    image["platform"] = json!({ "os": "linux", "architecture": "arm64", "variant": "v8" });
    assert_eq!(layout.open(std::slice::from_ref(&image)).images.len(), 1);
    image.as_object_mut().unwrap().remove("platform");
    assert_eq!(layout.open(&[image]).images[0].platform, Platform::ALL[1]);
}

#[test]
fn arm64_without_a_variant_is_v8() {
    let layout = Layout::new();
    let rootfs = json!({ "type": "layers", "diff_ids": [] });
    let config = json!({ "os": "linux", "architecture": "arm64", "variant": "v9", "rootfs": rootfs });
    let mut image = layout.manifest(&layout.document(MEDIA_CONFIG, &config), &[]);
    image["platform"] = platform("arm64");
    assert!(layout.error(&[image]).contains("but its configuration is for"));
}

#[test]
fn the_same_manifest_under_two_platforms_is_an_error() {
    let layout = Layout::new();
    let (image, mut other) = (layout.image("amd64"), layout.image("amd64"));
    other["platform"] = platform("arm64");
    assert!(layout.error(&[image, other]).contains("for linux/arm64, but its configuration"));
}

#[test]
fn two_images_for_one_platform_are_an_error() {
    let layout = Layout::new();
    let other = layout.manifest(&layout.config("amd64", &[]), &[]);
    assert!(layout.error(&[layout.image("amd64"), other]).contains("several images for linux/amd64"));
}

#[test]
fn an_attestation_is_not_an_image() {
    let layout = Layout::new();
    let image = layout.image("amd64");
    let config = layout.document(
        MEDIA_CONFIG,
        &json!({ "os": "unknown", "architecture": "unknown", "rootfs": { "type": "layers" } }),
    );
    let mut attestation = layout.manifest(&config, &[layout.blob(IN_TOTO, b"{}")]);
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    attestation["annotations"] = json!({ "vnd.docker.reference.digest": image["digest"] });
    assert_eq!(layout.open(&[image.clone(), attestation.clone()]).others, [""; 0]);
    // It must be about an image of this index.
    let others = layout.open(&[attestation.clone()]).others;
    assert_eq!(others, ["unknown/unknown"]);
    // It must have no files.
    let mut with_files = layout.manifest(&config, &[layout.blob(LAYER, &tar("x"))]);
    with_files["platform"] = attestation["platform"].clone();
    with_files["annotations"] = attestation["annotations"].clone();
    assert_eq!(layout.open(&[image, with_files]).others, ["unknown/unknown"]);
}

#[test]
fn annotations_do_not_hide_an_image() {
    let layout = Layout::new();
    let mut image = layout.image("amd64");
    image["annotations"] = json!({
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": image["digest"],
    });
    assert_eq!(layout.open(&[image]).images.len(), 1);
}

#[test]
fn sizes_of_documents_and_layers_must_be_true() {
    let layout = Layout::new();
    let mut image = layout.image("amd64");
    image["size"] = (image["size"].as_u64().unwrap() + 1).into();
    assert!(layout.error(&[image]).contains("its descriptor states"));
    let layer = tar("x");
    let mut descriptor = layout.blob(LAYER, &layer);
    descriptor["size"] = (layer.len() + 9).into();
    let image = layout.manifest(&layout.config("amd64", &[Digest::of(&layer)]), &[descriptor]);
    let error = layout.error(&[image]);
    assert!(error.contains("its descriptor states") && error.contains("the layer blobs/sha256/"), "{error}");
}

#[test]
fn digests_of_layers_must_be_true() {
    let layout = Layout::new();
    let image = layout.image("amd64");
    let layer = layout.root.join(Digest::of(&tar("amd64")).blob_path());
    let mut bytes = std::fs::read(&layer).unwrap();
    bytes[512] ^= 1;
    std::fs::write(&layer, bytes).unwrap();
    assert!(layout.error(&[image]).contains("does not match its digest"));
}

#[test]
fn diff_ids_must_be_true_and_complete() {
    let layout = Layout::new();
    let layer = layout.blob(LAYER, &tar("x"));
    let wrong = layout.manifest(&layout.config("amd64", &[Digest::of(b"")]), std::slice::from_ref(&layer));
    assert!(layout.error(&[wrong]).contains("does not match its diff ID"));
    let none = layout.manifest(&layout.config("amd64", &[]), std::slice::from_ref(&layer));
    assert!(layout.error(&[none]).contains("has 1 layers, but its configuration lists 0"));
    // The second listing of a layer is compared, too.
    let ids = [Digest::of(&tar("x")), Digest::of(b"")];
    let twice = layout.manifest(&layout.config("amd64", &ids), &[layer.clone(), layer]);
    assert!(layout.error(&[twice]).contains("does not match its diff ID"));
}

#[test]
fn media_types_must_be_true() {
    let layout = Layout::new();
    let layer = tar("x");
    for (media_type, expected) in [
        ("application/vnd.oci.image.layer.v1.tar+zstd", "as its descriptor states"),
        ("application/vnd.example", "not the media type of a layer"),
    ] {
        let config = layout.config("amd64", &[Digest::of(&layer)]);
        let image = layout.manifest(&config, &[layout.blob(media_type, &layer)]);
        let error = layout.error(&[image]);
        assert!(error.contains(expected), "{error}");
    }
    let mut image = layout.image("amd64");
    image["mediaType"] = MEDIA_DOCKER_MANIFEST.into();
    assert!(layout.error(&[image]).contains("its media type is not"));
}

#[test]
fn a_document_that_is_an_index_and_a_manifest_is_an_error() {
    let layout = Layout::new();
    let config = layout.config("amd64", &[]);
    let both = json!({ "schemaVersion": 2, "config": config, "layers": [], "manifests": [] });
    for media_type in [MEDIA_INDEX, MEDIA_MANIFEST] {
        let error = layout.error(&[layout.document(media_type, &both)]);
        assert!(error.contains("both an index and a manifest"), "{error}");
    }
}

#[test]
fn many_layers_are_an_error() {
    let layout = Layout::new();
    let layer = tar("x");
    let (ids, layers) = (vec![Digest::of(&layer); 501], vec![layout.blob(LAYER, &layer); 501]);
    let error = layout.error(&[layout.manifest(&layout.config("amd64", &ids), &layers)]);
    assert!(error.contains("more than 500 layers"), "{error}");
    let image = layout.manifest(&layout.config("amd64", &ids[1..]), &layers[1..]);
    assert_eq!(layout.open(&[image]).images.len(), 1);
    let other = layout.manifest(&layout.config("riscv64", &ids), &layers);
    assert!(layout.error(&[other]).contains("the image for linux/riscv64 has more than 500 layers"));
}

#[test]
fn a_folder_for_each_platform_and_an_archive_of_docker_save_are_images() {
    let temp = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::try_from(temp.path().to_owned()).unwrap();
    std::fs::create_dir_all(root.join("linux_arm64/x")).unwrap();
    let source = super::open(root.as_str()).unwrap();
    assert_eq!((source.images.len(), source.images[0].platform), (1, Platform::ALL[1]));
    assert!(source.images[0].tree.get("x").is_some());

    let layer = tar("x");
    let rootfs = json!({ "type": "layers", "diff_ids": [Digest::of(&layer)] });
    let config = json!({ "os": "linux", "architecture": "arm64", "rootfs": rootfs }).to_string();
    let saved =
        json!([{ "Config": "config.json", "RepoTags": ["x:1.0.0"], "Layers": ["layer.tar"] }]).to_string();
    let archive = root.join("image.tar");
    let mut builder = tar::Builder::new(std::fs::File::create(&archive).unwrap());
    let parts =
        [("config.json", config.as_bytes()), ("manifest.json", saved.as_bytes()), ("layer.tar", &layer)];
    for (name, bytes) in parts {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        builder.append_data(&mut header, name, bytes).unwrap();
    }
    builder.into_inner().unwrap();
    let source = super::open(archive.as_str()).unwrap();
    assert_eq!((source.tag.as_deref(), source.images[0].platform), (Some("1.0.0"), Platform::ALL[1]));
    assert!(source.images[0].tree.get("file").is_some());
}

#[test]
fn a_document_of_more_than_4_mib_is_an_error() {
    let layout = Layout::new();
    let document = |length: usize| {
        let config = json!({ "os": "x", "architecture": "y", "rootfs": { "type": "layers" } }).to_string();
        let padded = config.clone() + &" ".repeat(length - config.len());
        let config = layout.blob(MEDIA_CONFIG, padded.as_bytes());
        layout.manifest(&config, &[])
    };
    assert!(layout.error(&[document((4 << 20) + 1)]).contains("is larger than 4194304 bytes"));
    assert_eq!(layout.open(&[document(4 << 20)]).others, ["x/y"]);
}

/// Many manifests can name one configuration, so each would add the name again.
#[test]
fn a_huge_name_of_a_platform_is_an_error() {
    let layout = Layout::new();
    let image = |length| layout.manifest(&layout.config(&"x".repeat(length), &[]), &[]);
    assert!(layout.error(&[image(95)]).contains("a platform with a name of 101 bytes"));
    assert_eq!(layout.open(&[image(94)]).others.len(), 1);
}

#[test]
fn a_name_of_a_platform_that_could_look_like_words_of_a_report_is_an_error() {
    let layout = Layout::new();
    for os in ["linux/amd64: signed by x; linux", "linux\n", "li\u{202e}nux"] {
        let error = layout.error(&[layout.manifest(&layout.config(os, &[]), &[])]);
        assert!(error.contains("which is no name of a platform\nhelp: "), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn blobs_must_be_regular_files_in_the_layout() {
    let layout = Layout::new();
    let image = layout.image("amd64");
    let blob = layout.root.join(format!("blobs/sha256/{}", &image["digest"].as_str().unwrap()[7..]));
    let outside = layout.root.join("outside");
    std::fs::rename(&blob, &outside).unwrap();
    std::os::unix::fs::symlink(&outside, &blob).unwrap();
    assert!(layout.error(std::slice::from_ref(&image)).contains("is a link"));
    std::fs::remove_file(&blob).unwrap();
    std::fs::create_dir(&blob).unwrap();
    assert!(layout.error(std::slice::from_ref(&image)).contains("is not a regular file"));
    std::fs::remove_dir(&blob).unwrap();
    // A pipe would block, and a device has no end.
    pipe(&blob);
    assert!(layout.error(std::slice::from_ref(&image)).contains("is not a regular file"));
    std::fs::remove_file(&blob).unwrap();
    std::os::unix::fs::symlink("/dev/zero", &blob).unwrap();
    assert!(layout.error(&[image]).contains("is a link"));
}

#[cfg(unix)]
fn pipe(path: &Utf8PathBuf) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[cfg(unix)]
#[test]
fn the_documents_of_a_layout_must_be_regular_files() {
    for (name, missing) in [("index.json", "is not an image"), ("oci-layout", "no oci-layout")] {
        let layout = Layout::new();
        layout.open(&[layout.image("amd64")]);
        let error = || format!("{:#}", super::open(layout.root.as_str()).err().unwrap());
        let document = layout.root.join(name);
        std::fs::remove_file(&document).unwrap();
        pipe(&document);
        assert!(error().contains(missing), "{}", error());
        std::fs::remove_file(&document).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &document).unwrap();
        assert!(error().contains(missing), "{}", error());
        let outside = layout.root.join("outside");
        std::fs::write(&outside, "{}").unwrap();
        std::fs::remove_file(&document).unwrap();
        std::os::unix::fs::symlink(&outside, &document).unwrap();
        assert!(error().contains("is a link"), "{}", error());
    }
}

#[test]
fn a_repeated_entry_or_a_link_in_an_archive_is_an_error() {
    let temp = tempfile::tempdir().unwrap();
    let path = Utf8PathBuf::try_from(temp.path().join("image.tar")).unwrap();
    let error = |names: &[&str], link: bool| {
        let mut builder = tar::Builder::new(std::fs::File::create(&path).unwrap());
        for name in names {
            let mut header = tar::Header::new_ustar();
            header.set_size(2);
            builder.append_data(&mut header, name, &b"{}"[..]).unwrap();
        }
        if link {
            let mut header = tar::Header::new_ustar();
            header.set_entry_type(tar::EntryType::Symlink);
            header.set_size(0);
            builder.append_link(&mut header, "index.json", "other.json").unwrap();
        }
        builder.finish().unwrap();
        format!("{:#}", super::open(path.as_str()).err().unwrap())
    };
    for (names, link, expected) in [
        (&["index.json", "./index.json"][..], false, "several entries with the name `index.json`"),
        (&["other.json"], true, "index.json is a link"),
    ] {
        let error = error(names, link);
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn a_layout_must_say_that_it_is_one() {
    let layout = Layout::new();
    let image = layout.image("amd64");
    std::fs::write(layout.root.join("oci-layout"), r#"{"imageLayoutVersion":"2.0.0"}"#).unwrap();
    assert!(layout.error(std::slice::from_ref(&image)).contains("unknown version `2.0.0`"));
    std::fs::remove_file(layout.root.join("oci-layout")).unwrap();
    assert!(layout.error(&[image]).contains("no oci-layout"));
}

#[test]
fn the_two_lists_of_images_in_an_archive_must_agree() {
    let layout = Layout::new();
    let layer = tar("x");
    let (descriptor, config) = (layout.blob(LAYER, &layer), layout.config("amd64", &[Digest::of(&layer)]));
    let image = layout.manifest(&config, std::slice::from_ref(&descriptor));
    let path =
        |descriptor: &Value| descriptor["digest"].as_str().unwrap().replacen("sha256:", "blobs/sha256/", 1);
    let save = |config: String, layers: &[String]| {
        let saved = json!([{ "Config": config, "RepoTags": null, "Layers": layers }]);
        std::fs::write(layout.root.join("manifest.json"), saved.to_string()).unwrap();
    };
    save(path(&config), &[path(&descriptor)]);
    assert_eq!(layout.open(std::slice::from_ref(&image)).images.len(), 1);
    save(path(&config), &[]);
    assert!(layout.error(std::slice::from_ref(&image)).contains("which its index.json does not have"));
    save(path(&descriptor), &[path(&descriptor)]);
    assert!(layout.error(&[image]).contains("which its index.json does not have"));
}

/// An attestation with these statements, for a manifest with this digest.
fn attestation(layout: &Layout, about: &Value, statements: &[Value]) -> Value {
    let config = layout.document(
        MEDIA_CONFIG,
        &json!({ "os": "unknown", "architecture": "unknown", "rootfs": { "type": "layers" } }),
    );
    let mut attestation = layout.manifest(&config, statements);
    attestation["platform"] = json!({ "os": "unknown", "architecture": "unknown" });
    attestation["annotations"] = json!({ "vnd.docker.reference.digest": about });
    attestation
}

#[test]
fn statements_are_read_and_compared_with_their_descriptors() {
    let layout = Layout::new();
    let image = layout.image("arm64");
    let digest: Digest = serde_json::from_value(image["digest"].clone()).unwrap();
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://spdx.dev/Document",
        "subject": [{ "digest": { "sha256": digest.hex() } }],
    });
    let good = layout.document(IN_TOTO, &statement);
    let mut longer = good.clone();
    longer["size"] = (good["size"].as_u64().unwrap() + 1).into();
    let changed = layout.blob(IN_TOTO, b"{\"_type\":1}");
    let path = Digest::of(b"{\"_type\":1}").blob_path();
    std::fs::write(layout.root.join(path), b"{\"_type\":2}").unwrap();
    let missing = json!({ "mediaType": IN_TOTO, "digest": Digest::of(b"missing"), "size": 7 });
    let all = [good, longer, changed, missing, layout.blob(IN_TOTO, b"{}")];
    let entry = attestation(&layout, &image["digest"], &all);
    let source = layout.open(&[entry.clone(), image]);
    let [attestation] = source.attestations.as_slice() else { panic!("{:?}", source.attestations) };
    assert_eq!(attestation.platform.as_deref(), Some("linux/arm64"));
    assert!(attestation.statements[0].as_ref().unwrap().is_about(&digest));
    for (read, why) in attestation.statements[1..].iter().zip([
        "its descriptor states",
        "does not match its digest",
        "the image does not contain",
        "is not an in-toto statement",
    ]) {
        let error = read.as_ref().unwrap_err();
        assert!(error.contains(why) && !error.contains('\n'), "{error}");
    }
    // Its image is not in the index.
    assert_eq!(layout.open(&[entry]).attestations[0].platform, None);
}

#[test]
fn an_image_has_at_most_100_statements() {
    let layout = Layout::new();
    let image = layout.image("amd64");
    let statements = |count: usize| vec![layout.blob(IN_TOTO, b"{}"); count];
    let [many, more] = [60, 41].map(|count| attestation(&layout, &image["digest"], &statements(count)));
    assert!(layout.try_open(&[image.clone(), many.clone()]).is_ok());
    assert!(
        layout.error(&[image, many, more]).contains("more than 100 statements in its attestations\nhelp: ")
    );
}

#[test]
fn documents_that_are_missing_or_no_json_are_errors_with_help() {
    let layout = Layout::new();
    let mut missing = layout.manifest(&layout.config("x", &[]), &[]);
    missing["digest"] = json!(format!("sha256:{}", "0".repeat(64)));
    let error = layout.error(&[missing]);
    assert!(error.contains("the image does not contain blobs/sha256/000"), "{error}");
    for bytes in ["hello", "[]"] {
        let error = layout.error(&[layout.blob(MEDIA_MANIFEST, bytes.as_bytes())]);
        assert!(error.contains("it is not a manifest or an index in JSON\nhelp: "), "{error}");
        assert!(!error.contains("struct"), "{error}");
    }
}
