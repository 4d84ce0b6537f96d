//! `inspect` on real images: of both engines, in an archive and in the registry, sound and spoiled.

use serde_json::Value;

use crate::process::run;
use crate::sandbox::{Sandbox, repository};
use std::process::Command;

/// `path in platform: verdict` of every cell.
fn verdicts(sandbox: &Sandbox, what: &str, code: i32) -> Vec<String> {
    let done = sandbox.xtask(&["inspect", what, "--format", "json"]);
    assert_eq!(done.status.code(), Some(code), "{}\n{}", done.stdout, done.stderr);
    let report: Value = serde_json::from_str(&done.stdout).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let cells = report["cells"].as_array().unwrap().iter();
    cells
        .map(|cell| {
            format!("{} in {}: {}", text(&cell["path"]), text(&cell["platform"]), text(&cell["verdict"]))
        })
        .collect()
}

const NATIVE: [&str; 6] = [
    "/darwin/hello in linux/amd64: native",
    "/darwin/hello in linux/arm64: native",
    "/linux/hello in linux/amd64: native",
    "/linux/hello in linux/arm64: native",
    "/windows/hello.exe in linux/amd64: native",
    "/windows/hello.exe in linux/arm64: native",
];

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn what_dist_makes_is_native_wherever_it_is_and_a_spoiled_image_is_not() {
    let sandbox = Sandbox::hello();
    let archive = sandbox.dist(&[]);
    // The sample of these tests has no labels for a marketplace, which is a problem, and nothing else is.
    assert_eq!(verdicts(&sandbox, archive.as_str(), 1), NATIVE);

    let image = repository("inspected");
    push(&sandbox, &format!("{image}:1.0.0"), "${TARGETARCH}", "zstd");
    assert_eq!(verdicts(&sandbox, &format!("{image}:1.0.0"), 1), NATIVE);

    // What most public extensions that are wrong do: amd64 for everybody.
    push(&sandbox, &format!("{image}:2.0.0"), "amd64", "gzip");
    let mut spoiled = NATIVE.map(str::to_owned);
    spoiled[1] = "/darwin/hello in linux/arm64: emulated".into();
    spoiled[3] = "/linux/hello in linux/arm64: wrong-arch".into();
    spoiled[5] = "/windows/hello.exe in linux/arm64: emulated".into();
    assert_eq!(verdicts(&sandbox, &format!("{image}:2.0.0"), 1), spoiled);
    sandbox.xtask(&["inspect", &format!("{image}:3.0.0")]).failed(1, &["cannot be read from its registry"]);
}

/// Pushes the stage with a Dockerfile that takes the programs from this folder.
fn push(sandbox: &Sandbox, reference: &str, programs: &str, compression: &str) {
    let stage = sandbox.dist_folder().join("stage");
    let dockerfile = sandbox.root.join("Dockerfile.inspect");
    let text = format!("FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 {programs}/ /\n");
    fs_err::write(&dockerfile, text).unwrap();
    let output =
        format!("type=image,name={reference},push=true,compression={compression},force-compression=true");
    let mut docker = Command::new("docker");
    docker.args(["buildx", "build", "--platform", "linux/amd64,linux/arm64", "--output", &output, "--file"]);
    run(docker.args([dockerfile.as_str(), stage.as_str()])).succeeded();
}
