//! SPDX documents that are attached to images, read by buildx and checked by SPDX's own validator.

use std::process::Command;

use camino::Utf8Path;
use serde_json::Value;

use crate::image::sha256;
use crate::process::run;
use crate::registry::{docker, read_back};
use crate::sandbox::{Sandbox, repository};

const PLATFORMS: [&str; 2] = ["linux/amd64", "linux/arm64"];
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// What buildx shows of an image in a registry: its attestations of this kind by platform.
fn shown(name: &str, kind: &str) -> Value {
    let format = format!("{{{{json .{kind}}}}}");
    let text = docker(&["buildx", "imagetools", "inspect", name, "--format", &format]);
    serde_json::from_str(&text).unwrap()
}

/// Fails unless SPDX's own tools find the document valid.
#[track_caller]
fn must_be_valid(document: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sbom.spdx.json");
    fs_err::write(&file, document.to_string()).unwrap();
    let tools = std::env::var("E2E_SPDX").expect("no E2E_SPDX: run `cargo ci --only e2e`");
    let mut validator = Command::new("python3");
    validator.args(["-m", "spdx_tools.spdx.clitools.pyspdxtools", "-i"]).arg(&file);
    run(validator.env("PYTHONPATH", tools)).succeeded();
}

fn packages(document: &Value) -> &Vec<Value> {
    document["packages"].as_array().unwrap()
}

/// The files that a document lists: path and SHA-256.
fn files(document: &Value) -> Vec<(String, String)> {
    let files = packages(document).iter().filter(|package| package["primaryPackagePurpose"] == "FILE");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |package: &Value| {
        assert_eq!(package["checksums"][0]["algorithm"], "SHA256");
        (text(&package["packageFileName"]), text(&package["checksums"][0]["checksumValue"]))
    };
    files.map(of).collect()
}

#[test]
#[ignore = "needs an engine, a registry and SPDX's tools: run cargo ci"]
fn buildx_shows_the_sbom_of_each_platform_of_a_pushed_image() {
    let sandbox = Sandbox::hello();
    let image = repository("sbom");
    let name = format!("{image}:0.1.0");
    let push = ["dist", "--push", "--sbom", "--image", &image];
    let stderr = sandbox.xtask(&push).succeeded().stderr;
    let index = run(Command::new("docker").args(["buildx", "imagetools", "inspect", "--raw", &name]));
    let digest = sha256(index.succeeded().stdout.as_bytes());
    assert!(stderr.contains(&format!("digest   sha256:{digest}")), "{stderr}");
    let trees = read_back(&name);
    let found = shown(&name, "SBOM");
    assert_eq!(found.as_object().unwrap().len(), 2, "{found}");
    for platform in PLATFORMS {
        let document = &found[platform]["SPDX"];
        must_be_valid(document);
        let files = files(document);
        assert_eq!(files.len(), 3, "{files:?}");
        let root = trees.path().join(platform.replace('/', "_"));
        for (path, digest) in files {
            assert_eq!(sha256(&fs_err::read(root.join(&path)).unwrap()), digest, "{path} in {platform}");
        }
        let has_crate = packages(document).iter().any(|package| package["name"] == "hello");
        assert!(has_crate, "{document}");
    }
    sandbox.xtask(&push).failed(1, &["exists already", "--overwrite"]);
    let report = sandbox.xtask(&["inspect", &name, "--format", "json"]).stdout;
    assert_eq!(report.matches("\"verdict\": \"native\"").count(), 6, "{report}");
}

/// The image is copied unchanged by `push`, too.
#[test]
#[ignore = "needs an engine, a registry and SPDX's tools: run cargo ci"]
fn a_dockerfile_that_does_more_than_copy_gets_an_sbom_beside_the_provenance() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let image = repository("sbom-with-provenance");
    sandbox
        .xtask(&[
            "dist",
            "--push",
            "--sbom",
            "--provenance=mode=min",
            "--image",
            &image,
            "--tag=1",
            "--tag=2",
        ])
        .succeeded();
    let [one, two] = ["1", "2"].map(|tag| format!("{image}:{tag}"));
    let (sbom, provenance) = (shown(&one, "SBOM"), shown(&two, "Provenance"));
    for platform in PLATFORMS {
        let document = &sbom[platform]["SPDX"];
        must_be_valid(document);
        assert!(document["comment"].as_str().unwrap().contains("more than copy"), "{document}");
        assert!(provenance[platform]["SLSA"].is_object(), "{provenance}");
    }
    let archive = sandbox.dist(&["--sbom"]);
    let name = format!("{image}:3");
    sandbox.xtask(&["push", archive.as_str(), &name]).succeeded();
    for platform in PLATFORMS {
        must_be_valid(&shown(&name, "SBOM")[platform]["SPDX"]);
    }
}

#[test]
#[ignore = "needs an engine, a registry and SPDX's tools: run cargo ci"]
fn a_dockerfile_that_only_copies_gets_an_sbom_beside_the_provenance() {
    let sandbox = Sandbox::hello();
    let image = repository("sbom-and-copy");
    sandbox.xtask(&["dist", "--push", "--sbom", "--provenance=mode=min", "--image", &image]).succeeded();
    let name = format!("{image}:0.1.0");
    let (sbom, provenance) = (shown(&name, "SBOM"), shown(&name, "Provenance"));
    for platform in PLATFORMS {
        must_be_valid(&sbom[platform]["SPDX"]);
        assert!(provenance[platform]["SLSA"].is_object(), "{provenance}");
    }
}

/// The documents of an attestation, with everything that differs from image to image replaced.
fn form(layout: &Utf8Path) -> Value {
    let index: Value = json(&layout.join("index.json"));
    let mut image = index["manifests"][0].clone();
    if image["mediaType"] == INDEX {
        image = blob(layout, &image);
    }
    let manifests = image["manifests"].as_array().unwrap();
    let entry = manifests.iter().find(|entry| entry["platform"]["os"] == "unknown").expect("an attestation");
    let subject = &entry["annotations"]["vnd.docker.reference.digest"];
    assert!(manifests.iter().any(|other| other["digest"] == *subject), "{image}");
    let manifest = blob(layout, entry);
    let config = blob(layout, &manifest["config"]);
    let layer = &manifest["layers"][0];
    assert_eq!(config["rootfs"]["diff_ids"][0], layer["digest"]);
    let statement = blob(layout, layer);
    let about = &statement["subject"][0];
    assert_eq!(format!("sha256:{}", about["digest"]["sha256"].as_str().unwrap()), subject.as_str().unwrap());
    let fields = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    serde_json::json!({
        "entry": fields(entry),
        "platform": entry["platform"],
        "annotations": fields(&entry["annotations"]),
        "type": entry["annotations"]["vnd.docker.reference.type"],
        "manifest media type": [&entry["mediaType"], &manifest["mediaType"]],
        "layer": fields(layer),
        "layer media type": layer["mediaType"],
        "layer annotations": fields(&layer["annotations"]),
        "config": [&config["architecture"], &config["os"], &config["rootfs"]["type"]],
        "config media type": manifest["config"]["mediaType"],
        "statement": fields(&statement),
        "statement type": statement["_type"],
        "subject": about["name"],
    })
}

fn blob(layout: &Utf8Path, descriptor: &Value) -> Value {
    let digest = descriptor["digest"].as_str().unwrap();
    json(&layout.join("blobs").join(digest.replace(':', "/")))
}

fn json(file: &Utf8Path) -> Value {
    serde_json::from_slice(&fs_err::read(file).unwrap()).unwrap()
}

#[test]
#[ignore = "needs an engine: run cargo ci"]
fn an_attestation_has_the_form_that_buildkit_writes() {
    let sandbox = Sandbox::hello();
    let name = "localhost:5000/example/hello";
    let archive = sandbox.dist(&["--sbom", "--image", name]);
    let ours = sandbox.root.join("ours");
    fs_err::create_dir(&ours).unwrap();
    run(Command::new("tar").args(["-xf", archive.as_str(), "-C", ours.as_str()])).succeeded();
    let theirs = sandbox.root.join("theirs");
    let output = format!("type=oci,tar=false,\"dest={theirs}\"");
    run(Command::new("docker")
        .args(["buildx", "build", "--platform", "linux/amd64,linux/arm64", "--provenance=mode=min"])
        .args(["--tag", &format!("{name}:0.1.0"), "--output", &output])
        .args(["--file", "Dockerfile", "target/dist/stage"])
        .current_dir(&sandbox.root))
    .succeeded();
    assert_eq!(form(&ours), form(&theirs));
}
