//! Help texts, which are part of the interface.

use crate::project::Project;

#[test]
fn every_command_has_help() {
    let project = Project::new();
    for command in [
        "",
        "init",
        "plan",
        "dist",
        "push",
        "inspect",
        "check",
        "install",
        "uninstall",
        "prebuilt",
        "preview",
        "doctor",
        "upgrade",
    ] {
        let args: Vec<_> = [command, "--help"].into_iter().filter(|arg| !arg.is_empty()).collect();
        let ran = project.run(&args).succeeded();
        insta::assert_snapshot!(format!("help_{command}"), ran.stdout);
    }
}

#[test]
fn wrong_usage_exits_with_2() {
    let project = Project::new();
    project.run(&["dits"]).failed(2, &["dist"]);
    project.run(&["dist", "--push", "--load"]).failed(2, &["--push", "--load"]);
    project.run(&["dist", "--push", "--engine", "builtin"]).failed(2, &["--engine builtin", "buildx"]);
    project.run(&["dist", "--platform", "linux/386"]).failed(2, &["linux/386", "linux/arm64"]);
    project.run(&["dist", "--tag", "a b"]).failed(2, &["a b"]);
}
