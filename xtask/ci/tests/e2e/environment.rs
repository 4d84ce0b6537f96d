//! Tests the engine and the registry themselves. If this test fails, look at it before any other.

use std::process::Command;

use crate::process::run;
use crate::sandbox::repository;

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_engine_pushes_an_image_of_two_platforms() {
    let context = tempfile::tempdir().unwrap();
    fs_err::write(context.path().join("Dockerfile"), "FROM scratch\nCOPY Dockerfile /\n").unwrap();
    let reference = format!("{}:1", repository("probe"));
    let mut build = Command::new("docker");
    build.args(["buildx", "build", "--push", "--provenance=false", "--platform", "linux/amd64,linux/arm64"]);
    run(build.args(["--tag", &reference]).arg(context.path())).succeeded();

    let inspected =
        run(Command::new("docker").args(["buildx", "imagetools", "inspect", &reference])).succeeded();
    let index = inspected.stdout;
    assert!(index.contains("linux/amd64") && index.contains("linux/arm64"), "{index}");
}
