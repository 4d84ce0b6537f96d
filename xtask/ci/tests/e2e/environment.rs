//! The engine and the registry themselves: should one of these fail, no other failure means much.

use std::process::{Command, Stdio};

/// The registry, as an image reference begins with it.
fn registry() -> String {
    std::env::var("E2E_REGISTRY").expect("E2E_REGISTRY: run `cargo ci --only e2e`")
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_engine_pushes_an_image_of_two_platforms() {
    let context = tempfile::tempdir().unwrap();
    std::fs::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n").unwrap();
    let reference = format!("{}/environment/probe:1", registry());
    let platforms = "linux/amd64,linux/arm64";
    let mut build = Command::new("docker");
    build.args([
        "buildx",
        "build",
        "--push",
        "--provenance=false",
        "--platform",
        platforms,
        "--tag",
        &reference,
    ]);
    let built = build.arg(context.path()).stdin(Stdio::null()).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));

    let seen = Command::new("docker").args(["buildx", "imagetools", "inspect", &reference]).output().unwrap();
    let seen = String::from_utf8_lossy(&seen.stdout).into_owned();
    assert!(seen.contains("linux/amd64") && seen.contains("linux/arm64"), "{seen}");
}
