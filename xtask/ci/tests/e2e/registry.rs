//! `dist --push` and `--load`, reading the image back, and the protection of existing tags.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use camino::Utf8Path;
use rustix::process::Signal;

use crate::native::host_of;
use crate::process::{Running, run};
use crate::sandbox::{Sandbox, repository};

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_push_uploads_the_verified_stage_and_never_replaces_a_tag_unasked() {
    let sandbox = Sandbox::hello();
    let image = repository("pushed");
    let push = ["dist", "--push", "--image", &image, "--tag", "1.0.0", "--tag", "latest"];
    sandbox.xtask(&push).succeeded();
    for tag in ["1.0.0", "latest"] {
        let trees = read_back(&format!("{image}:{tag}"));
        for arch in ["amd64", "arm64"] {
            for (os, path) in [("darwin", "hello"), ("windows", "hello.exe"), ("linux", "hello")] {
                let file = trees.path().join(format!("linux_{arch}/{os}/{path}"));
                assert_eq!(host_of(&fs_err::read(file).unwrap()), (os, arch));
            }
        }
    }

    let sources = "fn main() { println!(\"other\") }\n";
    fs_err::write(sandbox.root.join("extension/src/main.rs"), sources).unwrap();
    let before = digest(&image, "1.0.0");
    let refused = sandbox.xtask(&push).failed(1, &["1.0.0", "exists already", "--overwrite"]);
    assert!(!refused.contains("Compiling"), "compiled before checking the tag: {refused}");
    assert_eq!(digest(&image, "1.0.0"), before);

    sandbox.xtask(&[push.as_slice(), &["--overwrite"]].concat()).succeeded();
    assert_ne!(digest(&image, "1.0.0"), before);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn one_architecture_for_both_platforms_is_an_error_before_the_push() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "${TARGETARCH}/linux", "amd64/linux");
    let image = repository("same-for-both");
    let stderr = sandbox.push(&image).failed(1, &["/linux/hello in linux/arm64: wrong-arch", "TARGETARCH"]);
    assert!(!stderr.contains("docker extension install"), "{stderr}");
    let tag = format!("{image}:0.1.0");
    run(Command::new("docker").args(["buildx", "imagetools", "inspect", &tag])).failed(1, &["not found"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_mistake_that_only_buildx_can_see_is_an_error_before_the_push() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "${TARGETARCH}/linux", "amd64/linux");
    sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let image = repository("two-stages");
    let words = ["the image that the Dockerfile makes is not", "/linux/hello in linux/arm64: wrong-arch"];
    let stderr = sandbox.push(&image).failed(1, &words);
    assert!(!stderr.contains("docker extension install") && !stderr.contains("Pushing"), "{stderr}");
    let tag = format!("{image}:0.1.0");
    run(Command::new("docker").args(["buildx", "imagetools", "inspect", &tag])).failed(1, &["not found"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_image_that_only_buildx_can_make_is_tagged_after_it_was_verified() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let image = repository("verified-first");
    let push = |flags: &[&str]| {
        let all = [&["dist", "--push", "--image", &image], flags].concat();
        let stderr = sandbox.xtask(&all).succeeded().stderr;
        let at = |words: &str| stderr.find(words).unwrap_or_else(|| panic!("no {words}: {stderr}"));
        assert!(at("in the image that the Dockerfile makes") < at("Pushing"), "{stderr}");
        assert!(at("Pushing") < at("binaries read back from the registry"), "{stderr}");
        stderr
    };
    push(&["--provenance=mode=max", "--tag=1", "--tag=2"]);
    assert_eq!(digest(&image, "1"), digest(&image, "2"));
    let index = docker(&["buildx", "imagetools", "inspect", &format!("{image}:1")]);
    assert!(index.contains("attestation-manifest"), "{index}");
    push(&["--platform=linux/arm64", "--tag=arm64"]);
    let report = sandbox.xtask(&["inspect", &format!("{image}:arm64"), "--format", "json"]).stdout;
    assert_eq!(report.matches("\"verdict\": \"native\"").count(), 3, "{report}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_archive_is_verified_again_and_pushed_unchanged() {
    let sandbox = Sandbox::hello();
    let archive = sandbox.dist(&[]);
    let image = repository("from-an-archive");
    let name = format!("{image}:1.0.0");
    let pushed = sandbox.xtask(&["push", archive.as_str(), &name]).succeeded().stdout;
    let index = run(Command::new("docker").args(["buildx", "imagetools", "inspect", "--raw", &name]));
    let digest = sixfold_model::digest::Digest::of(index.succeeded().stdout.as_bytes());
    assert_eq!(pushed, format!("{image}@{digest}\n"));
    let report = sandbox.xtask(&["inspect", &name, "--format", "json"]).stdout;
    assert_eq!(report.matches("\"verdict\": \"native\"").count(), 6, "{report}");
    sandbox.xtask(&["push", archive.as_str(), &name]).failed(1, &["exists already", "--overwrite"]);
    sandbox.xtask(&["push", archive.as_str(), &name, "--overwrite"]).succeeded();
    sandbox.xtask(&["push", archive.as_str(), &image]).failed(2, &["has no tag"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_archive_that_is_damaged_or_wrong_is_not_pushed() {
    let sandbox = Sandbox::hello();
    let archive = sandbox.dist(&[]);
    let name = format!("{}:1", repository("from-a-wrong-archive"));
    let damaged = sandbox.root.join("damaged.tar");
    let mut bytes = fs_err::read(&archive).unwrap();
    let at = bytes.windows(2).position(|pair| pair == [0x1f, 0x8b]).expect("a layer");
    bytes[at + 100] ^= 1;
    fs_err::write(&damaged, bytes).unwrap();
    let wrong = sandbox.root.join("wrong.tar");
    sandbox.edit("Dockerfile", "${TARGETARCH}/linux", "amd64/linux");
    run(Command::new("docker")
        .args(["buildx", "build", "--platform", "linux/amd64,linux/arm64", "--output"])
        .arg("type=oci,dest=wrong.tar")
        .args(["--file", "Dockerfile", "target/dist/stage"])
        .current_dir(&sandbox.root))
    .succeeded();
    for (file, words) in [(&damaged, "does not match its digest"), (&wrong, "/linux/hello")] {
        sandbox.xtask(&["push", file.as_str(), &name]).failed(1, &[words]);
    }
    run(Command::new("docker").args(["buildx", "imagetools", "inspect", &name])).failed(1, &["not found"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_registry_with_another_image_than_the_verified_one_gets_no_tag() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let image = repository("changed-on-arrival");
    let docker = docker_first("*'imagetools inspect'*'@sha256:'*) echo '{}'; exit;;");
    let mut push = with_docker(&docker, &sandbox, &["dist", "--push", "--image", &image]);
    let other = "sha256:ca3d163bab055381827226140568f3bef7eaac187cebd76878e0b63e9e442356";
    let both = format!("the push failed, and no tag was set: the registry has {other} instead of sha256:");
    run(&mut push).failed(1, &[&both, "which was verified", "\nhelp: "]);
    let tag = format!("{image}:0.1.0");
    run(Command::new("docker").args(["buildx", "imagetools", "inspect", &tag])).failed(1, &["not found"]);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_backend_from_the_build_context_is_pushed_with_the_stage() {
    let sandbox = Sandbox::hello();
    sandbox.edit(
        "Cargo.toml",
        "[workspace.metadata.extension]",
        "[workspace.metadata.extension]\ncontext = \".\"",
    );
    let text = fs_err::read_to_string(sandbox.root.join("Dockerfile")).unwrap();
    let text = text.replace("COPY ", "COPY --from=stage ").replace(
        "FROM scratch\n",
        "FROM scratch AS backend\nCOPY extension/src/main.rs /backend\nFROM scratch\nCOPY --from=backend /backend /backend\n",
    );
    fs_err::write(sandbox.root.join("Dockerfile"), text).unwrap();
    let image = repository("with-context");
    sandbox.push(&image).succeeded();
    let trees = read_back(&format!("{image}:0.1.0"));
    for path in ["linux_arm64/backend", "linux_arm64/darwin/hello", "linux_amd64/windows/hello.exe"] {
        assert!(trees.path().join(path).is_file(), "{path}");
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_image_is_read_back_with_the_selected_builder() {
    let sandbox = Sandbox::hello();
    let image = repository("chosen-builder");
    let mut push = sandbox.command(&["dist", "--push", "--image", &image, "--builder", "default"]);
    run(push.env("BUILDX_BUILDER", "no-such-builder")).succeeded();
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_next_command_is_shown_if_a_pushed_image_cannot_be_read_back() {
    let sandbox = Sandbox::hello();
    let [failing, endless] = ["exit 1", "exec sleep 600"].map(docker_that_cannot_read_back);
    let push = |image: &str, docker: &tempfile::TempDir| {
        with_docker(docker, &sandbox, &["dist", "--push", "--image", image])
    };
    let image = repository("not-read-back");
    let words = ["is pushed, but was not read back", "`cargo xtask inspect ", "`--overwrite`"];
    run(&mut push(&image, &failing)).failed(1, &[words.as_slice(), &[image.as_str()]].concat());
    let image = repository("interrupted");
    let mut running = Running::start(&mut push(&image, &endless));
    running.wait_until(|_| endless.path().join("docker-reached").exists());
    running.signal(Signal::INT, true);
    let words = ["interrupted: the image is pushed", "`cargo xtask inspect ", "`--overwrite`"];
    running.finish().failed(130, &[words.as_slice(), &[image.as_str()]].concat());
    sandbox.push(&image).failed(1, &["exists already"]);
}

/// `cargo xtask` with the docker from a folder.
pub(crate) fn with_docker(docker: &tempfile::TempDir, sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = sandbox.command(arguments);
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(docker.path().to_owned()).chain(std::env::split_paths(&path));
    command.env("PATH", std::env::join_paths(paths).unwrap());
    command
}

/// A folder with a docker that can do everything except copy an existing image, which is how it is read back.
fn docker_that_cannot_read_back(then: &str) -> tempfile::TempDir {
    docker_first(&format!("*'imagetools create'*) : > \"$0-reached\"; {then};;"))
}

/// A folder with a docker that tries this arm of a shell's `case` first. The arm can run the real one as `$docker`.
pub(crate) fn docker_first(arm: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let docker = which::which("docker").unwrap();
    let docker = docker.display();
    let script =
        format!("#!/bin/sh\ndocker='{docker}'\ncase \"$*\" in {arm} esac\nexec \"$docker\" \"$@\"\n");
    let path = folder.path().join("docker");
    fs_err::write(&path, script).unwrap();
    fs_err::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
    folder
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_pushed_image_can_be_pulled_with_its_labels() {
    let sandbox = Sandbox::hello();
    let image = repository("pulled");
    sandbox.push(&image).succeeded();
    let reference = format!("{image}:0.1.0");
    for platform in ["linux/amd64", "linux/arm64"] {
        docker(&["pull", "--platform", platform, &reference]);
    }
    let labels = docker(&["image", "inspect", "--format", "{{json .Config.Labels}}", &reference]);
    let labels: serde_json::Value = serde_json::from_str(&labels).unwrap();
    assert_eq!(labels["org.opencontainers.image.title"], "Hello");
    let text = "<p>Says \"hello\", 100 % $PLAIN, in 'quotes' and on\ntwo lines; Grüße.</p>";
    assert_eq!(labels["com.docker.extension.detailed-description"], text);
    let index = docker(&["buildx", "imagetools", "inspect", &reference]);
    assert!(!index.contains("unknown/unknown"), "unrequested attestations: {index}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn provenance_is_attached_on_request() {
    let sandbox = Sandbox::hello();
    let image = repository("attested");
    sandbox.xtask(&["dist", "--push", "--image", &image, "--provenance=mode=max"]).succeeded();
    let index = docker(&["buildx", "imagetools", "inspect", &format!("{image}:0.1.0")]);
    assert!(index.contains("attestation-manifest"), "{index}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_image_can_be_loaded_into_the_engine() {
    let sandbox = Sandbox::hello();
    sandbox.xtask(&["dist", "--load", "--image", "example/loaded", "--tag", "7"]).succeeded();
    let title = "{{index .Config.Labels \"org.opencontainers.image.title\"}}";
    assert_eq!(docker(&["image", "inspect", "--format", title, "example/loaded:7"]).trim(), "Hello");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn unreadable_metadata_from_buildx_does_not_hide_that_the_image_is_pushed() {
    let sandbox = Sandbox::hello();
    let image = repository("odd-metadata");
    let docker = docker_first(
        "*--metadata-file*) \"$docker\" \"$@\" && echo odd > target/dist/buildx.json.partial; exit;;",
    );
    let stderr =
        run(&mut with_docker(&docker, &sandbox, &["dist", "--push", "--image", &image])).succeeded().stderr;
    assert!(
        stderr.contains("the digest is unknown") && stderr.contains("read back from the registry"),
        "{stderr}"
    );
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_dockerfile_that_only_buildx_understands_is_read_back_from_the_engine() {
    let sandbox = Sandbox::hello();
    sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    let load = ["dist", "--load", "--image", "example/two-stages"];
    let stderr = sandbox.xtask(&load).succeeded().stderr;
    assert!(stderr.contains("6 binaries read back from the engine"), "{stderr}");
    let docker = docker_first("*--load*) \"$docker\" \"$@\" --label changed=yes; exit;;");
    let words =
        ["loaded, but it is wrong", "the image configuration sha256:", "linux/amd64 instead of sha256:"];
    run(&mut with_docker(&docker, &sandbox, &load)).failed(1, &words);
    sandbox.edit("Dockerfile", "${TARGETARCH}/linux", "amd64/linux");
    let words = ["the image that the Dockerfile makes is not", "/linux/hello in linux/arm64: wrong-arch"];
    let stderr = sandbox.xtask(&load).failed(1, &words);
    assert!(!stderr.contains("read back from the engine"), "{stderr}");
}

/// The file systems of both platforms, in `linux_amd64` and `linux_arm64`, exported with Docker alone.
pub(crate) fn read_back(reference: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap();
    fs_err::write(path.join("Dockerfile"), format!("FROM {reference}\n")).unwrap();
    let output = format!("type=local,dest={path}");
    let platforms = "linux/amd64,linux/arm64";
    docker(&[
        "buildx",
        "build",
        "--platform",
        platforms,
        "--provenance=false",
        "--output",
        &output,
        path.as_str(),
    ]);
    folder
}

pub(crate) fn digest(image: &str, tag: &str) -> String {
    let shown = docker(&["buildx", "imagetools", "inspect", &format!("{image}:{tag}")]);
    shown.lines().find(|line| line.starts_with("Digest:")).expect("a digest").to_owned()
}

pub(crate) fn docker(arguments: &[&str]) -> String {
    run(Command::new("docker").args(arguments)).succeeded().stdout
}
