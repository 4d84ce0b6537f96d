//! `inspect` on real images, in an archive and in the registry: good ones and a broken one.

use std::process::Command;

use serde_json::Value;

use crate::process::run;
use crate::sandbox::{Sandbox, repository};

/// `path in platform: verdict` for each cell.
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
fn an_image_from_dist_is_native_everywhere_and_a_broken_image_is_not() {
    let sandbox = Sandbox::hello();
    let archive = sandbox.dist(&[]);
    // The exit code is 1 only because this extension lacks the labels that a marketplace needs.
    assert_eq!(verdicts(&sandbox, archive.as_str(), 1), NATIVE);

    let image = repository("inspected");
    push(&sandbox, &format!("{image}:1.0.0"), "${TARGETARCH}", "zstd");
    assert_eq!(verdicts(&sandbox, &format!("{image}:1.0.0"), 1), NATIVE);

    // The most common mistake in public extensions: amd64 binaries on every platform.
    push(&sandbox, &format!("{image}:2.0.0"), "amd64", "gzip");
    let mut broken = NATIVE.map(str::to_owned);
    broken[1] = "/darwin/hello in linux/arm64: emulated".into();
    broken[3] = "/linux/hello in linux/arm64: wrong-arch".into();
    broken[5] = "/windows/hello.exe in linux/arm64: emulated".into();
    assert_eq!(verdicts(&sandbox, &format!("{image}:2.0.0"), 1), broken);
    sandbox.xtask(&["inspect", &format!("{image}:3.0.0")]).failed(1, &["cannot read", "from its registry"]);
}

/// Pushes the stage with a Dockerfile that takes the binaries from the folder `binaries`.
fn push(sandbox: &Sandbox, reference: &str, binaries: &str, compression: &str) {
    let stage = sandbox.dist_folder().join("stage");
    let dockerfile = sandbox.root.join("Dockerfile.inspect");
    let text = format!("FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 {binaries}/ /\n");
    fs_err::write(&dockerfile, text).unwrap();
    let output =
        format!("type=image,name={reference},push=true,compression={compression},force-compression=true");
    let mut docker = Command::new("docker");
    docker.args(["buildx", "build", "--platform", "linux/amd64,linux/arm64", "--output", &output, "--file"]);
    run(docker.args([dockerfile.as_str(), stage.as_str()])).succeeded();
}
