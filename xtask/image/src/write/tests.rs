//! The whole engine, on a small stage and the template's Dockerfile.

use std::collections::BTreeMap;
use std::io::Read as _;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use super::builtin;
use super::builtin::{Request, Written};
use super::recipe::{Action, Recipe};
use super::supported::{BuiltinDockerfile, DockerfileError, DockerfileText};
use crate::oci::{ImageConfig, Index};
use sixfold_base::files::PARTIAL;
use sixfold_model::digest::Digest;
use sixfold_model::matrix::Platform;

const TEMPLATE: &str = include_str!("../../../../Dockerfile");
const ARCHIVE: &str = "out.oci.tar";

/// A folder with a Dockerfile, a stage and the archive made of them.
struct Project {
    _temp: TempDir,
    root: Utf8PathBuf,
}

impl Project {
    fn new(dockerfile: &str) -> Self {
        let temp = tempfile::tempdir().unwrap();
        let project = Self { root: temp.path().to_owned().try_into().unwrap(), _temp: temp };
        project.file("Dockerfile", dockerfile);
        for file in ["metadata.json", "icon.svg", "docker-compose.yaml", "ui/index.html", "ui/assets/a.js"] {
            project.file(&format!("stage/common/{file}"), file);
        }
        for arch in ["amd64", "arm64"] {
            project.file(&format!("stage/{arch}/metadata.json"), "metadata.json");
            for file in ["darwin/tool", "windows/tool.exe", "linux/tool", "vm/backend"] {
                project.file(&format!("stage/{arch}/{file}"), &format!("{arch} {file}").repeat(2000));
            }
        }
        project
    }

    fn file(&self, path: &str, content: &str) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    fn try_write(&self) -> anyhow::Result<Written> {
        self.try_write_at(1_700_000_000)
    }

    fn try_write_at(&self, created: u64) -> anyhow::Result<Written> {
        builtin::write(&Request {
            stage: &self.root.join("stage"),
            dockerfile: &DockerfileText::read(&self.root.join("Dockerfile"), None)?.parse()?,
            platforms: &Platform::ALL,
            labels: &BTreeMap::from([("b".to_owned(), "\"given\"".to_owned())]),
            created,
            file_time: 1_700_000_000,
            names: &["example/x:1".to_owned(), "example/x:2".to_owned()],
            cache: &self.root.join("cache"),
            output: &self.root.join(ARCHIVE),
        })
    }

    fn write(&self) -> Written {
        self.try_write().unwrap()
    }

    fn archive(&self) -> Vec<u8> {
        std::fs::read(self.root.join(ARCHIVE)).unwrap()
    }

    /// The entries of the archive, in order.
    fn members(&self) -> Vec<(String, Vec<u8>)> {
        entries(&self.archive()).into_iter().map(|(path, _, content)| (path, content)).collect()
    }

    fn cached(&self) -> Vec<Utf8PathBuf> {
        let folder = self.root.join("cache").read_dir_utf8().unwrap().next().unwrap().unwrap();
        folder.path().read_dir_utf8().unwrap().map(|entry| entry.unwrap().into_path()).collect()
    }
}

fn entries(tar: &[u8]) -> Vec<(String, u32, Vec<u8>)> {
    let mut archive = tar::Archive::new(tar);
    let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!((header.uid().unwrap(), header.mtime().unwrap()), (0, 1_700_000_000));
        assert_eq!(header.username_bytes(), Some(b"".as_slice()));
        let (path, mode) = (entry.path().unwrap().to_str().unwrap().to_owned(), header.mode().unwrap());
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        (path, mode, content)
    };
    archive.entries().unwrap().map(read).collect()
}

fn layer(project: &Project, digest: &Digest) -> Vec<(String, u32, Vec<u8>)> {
    let members = project.members();
    let (_, packed) = members.iter().find(|(path, _)| *path == digest.blob_path()).unwrap();
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut tar).unwrap();
    entries(&tar)
}

fn recipe(text: &str) -> Result<Recipe, DockerfileError> {
    BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), text, false)?.recipe(Platform::ALL[1])
}

#[test]
fn every_blob_is_written_once_under_its_digest() {
    let project = Project::new(TEMPLATE);
    let written = project.write();
    let members = project.members();
    let blobs: Vec<_> =
        members.iter().filter(|(path, _)| path.starts_with("blobs/sha256/")).skip(1).collect();
    // Three shared layers, four layers of each platform, two configurations, two manifests, and the index.
    assert_eq!(blobs.len(), 3 + 8 + 2 + 2 + 1);
    assert!(blobs.is_sorted_by_key(|(path, _)| path));
    for (path, content) in blobs {
        assert_eq!(*path, Digest::of(content).blob_path());
    }
    let top: Index = serde_json::from_slice(&members[members.len() - 2].1).unwrap();
    assert_eq!(top.manifests[1].digest, written.index_digest);
    assert_eq!(top.manifests[1].annotations["io.containerd.image.name"], "docker.io/example/x:2");
    assert_eq!(written.archive_size, project.archive().len() as u64);
    assert!(!project.root.join(format!("{ARCHIVE}{PARTIAL}")).exists());
}

#[test]
fn each_platform_gets_its_own_binaries() {
    let project = Project::new(TEMPLATE);
    for (platform, arch) in project.write().platforms.iter().zip(["amd64", "arm64"]) {
        let darwin = layer(&project, &platform.layers[2].digest);
        assert_eq!(darwin[0], ("darwin/".into(), 0o755, vec![]));
        assert_eq!(darwin[1].0, "darwin/tool");
        assert_eq!(darwin[1].1, 0o755);
        assert!(darwin[1].2.starts_with(format!("{arch} darwin").as_bytes()));
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_in_any_folder() {
    let (first, second) = (Project::new(TEMPLATE), Project::new(TEMPLATE));
    first.write();
    assert_eq!(second.write().reused_layers, 0);
    assert!(first.archive() == second.archive());
    assert_eq!(second.write().reused_layers, 11);
    assert!(first.archive() == second.archive(), "cached layers give another archive");
}

#[test]
fn editing_the_ui_changes_one_layer_shared_by_both_platforms() {
    let project = Project::new(TEMPLATE);
    let before = project.write();
    project.file("stage/common/ui/index.html", "edited");
    let after = project.write();
    assert_eq!(after.reused_layers, 10);
    for (before, after) in before.platforms.iter().zip(&after.platforms) {
        let pairs = before.layers.iter().zip(&after.layers);
        let changed: Vec<_> =
            pairs.filter(|(old, new)| old.digest != new.digest).map(|(_, new)| new).collect();
        assert_eq!(changed.len(), 1);
        assert_eq!(changed[0].created_by, "COPY common/ui /ui # buildkit");
    }
    assert_eq!(after.platforms[0].layers[1].digest, after.platforms[1].layers[1].digest);
}

#[test]
fn changing_the_time_of_the_image_changes_no_layer() {
    let project = Project::new(TEMPLATE);
    let before = project.write();
    let after = project.try_write_at(1_800_000_000).unwrap();
    for (before, after) in before.platforms.iter().zip(&after.platforms) {
        let layers = |made: &builtin::WrittenPlatform| {
            made.layers.iter().map(|made| made.digest.clone()).collect::<Vec<_>>()
        };
        assert_eq!(layers(before), layers(after));
        assert_ne!(before.config_digest, after.config_digest);
    }
}

#[test]
fn a_damaged_cached_layer_is_made_again() {
    let project = Project::new(TEMPLATE);
    project.write();
    let sound = project.archive();
    for file in project.cached() {
        let mut bytes = std::fs::read(&file).unwrap();
        bytes[9] ^= 1;
        std::fs::write(file, bytes).unwrap();
    }
    assert_eq!(project.write().reused_layers, 0);
    assert!(project.archive() == sound);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_cached_layer_is_replaced() {
    let project = Project::new(TEMPLATE);
    project.write();
    let sound = project.archive();
    for file in project.cached() {
        std::fs::remove_file(&file).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(file).status().unwrap().success());
    }
    assert_eq!(project.write().reused_layers, 0);
    assert!(project.archive() == sound);
}

#[test]
fn the_cache_does_not_grow_without_limit() {
    let project = Project::new("FROM scratch\nCOPY common/ui /\n");
    for round in 0..10 {
        project.file("stage/common/ui/index.html", &round.to_string());
        project.write();
    }
    assert_eq!(project.cached().len(), 4);
}

#[test]
fn a_missing_source_is_named_and_leaves_no_archive() {
    let project = Project::new("FROM scratch\nCOPY common/nope /\n");
    let message = format!("{:#}", project.try_write().unwrap_err());
    assert!(message.contains("Dockerfile:2") && message.contains("common/nope"), "{message}");
    assert!(!project.root.join(ARCHIVE).exists());
}

#[test]
fn an_ignore_file_is_an_error() {
    let project = Project::new(TEMPLATE);
    project.file("stage/.dockerignore", "*.map");
    assert!(format!("{:#}", project.try_write().unwrap_err()).contains(".dockerignore"));
}

/// All paths of the image with their modes, as `docker buildx` 0.13 makes them from the same stage.
#[test]
fn copy_follows_buildkit() {
    for (steps, expected) in [
        ("COPY common/icon.svg /x", vec!["x 644"]),
        ("COPY common/icon.svg /x/", vec!["x/ 755", "x/icon.svg 644"]),
        ("COPY common/ui /x/", vec!["x/ 755", "x/assets/ 755", "x/assets/a.js 644", "x/index.html 644"]),
        ("COPY common/ui/* /x", vec!["x/ 755", "x/a.js 644", "x/index.html 644"]),
        ("COPY common/*/*.html .", vec!["index.html 644"]),
        (
            "COPY --chmod=700 common/ui /x",
            vec!["x/ 755", "x/assets/ 700", "x/assets/a.js 700", "x/index.html 700"],
        ),
        ("WORKDIR /w\nWORKDIR v", vec!["w/ 755", "w/ 755", "w/v/ 755"]),
        ("WORKDIR /w\nWORKDIR /w", vec!["w/ 755"]),
        ("WORKDIR /w\nCOPY common/icon.svg a/b", vec!["w/ 755", "w/ 755", "w/a/ 755", "w/a/b 644"]),
        (
            "COPY common/icon.svg /x/\nCOPY common/metadata.json /x",
            vec!["x/ 755", "x/icon.svg 644", "x/ 755", "x/metadata.json 644"],
        ),
        ("COPY common/*.png /x/", vec![]),
        ("COPY common/*.png common/*.svg /x/", vec!["x/ 755", "x/icon.svg 644"]),
        ("COPY common/*/nope/*.js /x/", vec![]),
        ("COPY [\"common/icon.svg\", \"/a b\"]", vec!["a b 644"]),
    ] {
        let project = Project::new(&format!("FROM scratch\n{steps}\n"));
        let platform = project.write().platforms.remove(0);
        let found = platform.layers.iter().flat_map(|made| layer(&project, &made.digest));
        let found: Vec<_> = found.map(|(path, mode, _)| format!("{path} {mode:o}")).collect();
        assert_eq!(found, expected, "{steps}");
    }
    for steps in [
        "COPY common/*.* /x",
        "COPY nope/*.js /x/",
        "COPY common/*.svg common/nope /x/",
        "COPY common/icon.svg /x\nCOPY common/icon.svg /x/",
        "COPY common/icon.svg /x\nCOPY --link common/icon.svg /x/",
        "COPY common/ui /x/\nCOPY common/icon.svg /x/assets/a.js/b",
    ] {
        assert!(Project::new(&format!("FROM scratch\n{steps}\n")).try_write().is_err(), "{steps}");
    }
}

#[test]
fn the_template_has_one_layer_for_each_concern() {
    let steps: Vec<_> = recipe(TEMPLATE).unwrap().steps;
    let copies = steps.iter().filter(|step| matches!(step.action, Action::Copy(_)));
    let copies: Vec<_> = copies.map(|step| step.created_by.as_str()).collect();
    insta::assert_snapshot!(copies.join("\n"), @r"
    COPY arm64/metadata.json common/icon.svg / # buildkit
    COPY common/ui /ui # buildkit
    COPY --chmod=0755 arm64/darwin /darwin # buildkit
    COPY --chmod=0755 arm64/windows /windows # buildkit
    COPY --chmod=0755 arm64/linux /linux # buildkit
    COPY common/docker-compose.yaml / # buildkit
    COPY --chmod=0755 arm64/vm/backend /backend # buildkit
    ");
}

#[test]
fn given_labels_override_those_of_the_dockerfile() {
    let project = Project::new("FROM scratch\nLABEL a=x b=y\n");
    let digest = project.write().platforms.remove(0).config_digest;
    let (_, json) = project.members().into_iter().find(|(path, _)| *path == digest.blob_path()).unwrap();
    let config: ImageConfig = serde_json::from_slice(&json).unwrap();
    let labels = config.config.labels.unwrap();
    assert_eq!((labels["a"].as_str(), labels["b"].as_str()), ("x", "\"given\""));
    assert_eq!(config.created.as_deref(), Some("2023-11-14T22:13:20Z"));
}
