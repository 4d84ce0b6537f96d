//! The engine and the registry themselves: should this fail, no other failure means much.

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

    let seen = run(Command::new("docker").args(["buildx", "imagetools", "inspect", &reference])).succeeded();
    assert!(seen.stdout.contains("linux/amd64") && seen.stdout.contains("linux/arm64"), "{}", seen.stdout);
}
