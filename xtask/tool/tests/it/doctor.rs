//! `doctor`: says what is there and what mends what is not.

use crate::project::Project;

#[test]
fn a_sound_machine_is_told_so() {
    let ran = Project::new().run(&["doctor"]).succeeded();
    for line in ["ok project: example/tool in [project]", "ok rust: rustc ", "ok rust-lld: ", "ok cache: "] {
        assert!(ran.stderr.contains(line), "{line:?} is not said:\n{}", ran.stderr);
    }
}

#[test]
fn a_project_that_cannot_be_read_is_a_finding_and_not_the_end() {
    let project = Project::new();
    std::fs::remove_file(project.path("metadata.json")).unwrap();
    project.run(&["doctor"]).failed(1, &["error: project: ", "metadata.json", "ok rust: "]);
}

#[test]
#[cfg(unix)]
fn a_tool_that_only_some_commands_need_is_a_note() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let ran = Project::new().run_with(&["doctor"], |command| {
        command.env("PATH", &path);
    });
    for line in ["docker: missing, needed to push, load and install", "desktop: missing, needed to install"] {
        assert!(ran.stderr.contains(line), "{line:?} is not said:\n{}", ran.stderr);
    }
}

#[test]
#[cfg(unix)]
fn only_what_builds_the_page_is_asked_for() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let doctor = |project: &Project| {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    let project = Project::with_page();
    let ran = doctor(&project);
    assert!(!ran.stderr.contains("node") && !ran.stderr.contains("npm"), "{}", ran.stderr);
    assert!(ran.stderr.contains("ok rustc: "), "{}", ran.stderr);
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    doctor(&project).failed(1, &["node: missing", "npm: missing"]);
}

#[test]
#[cfg(unix)]
fn versions_are_compared_with_what_is_needed() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let says = |name, text| crate::project::program(tools.path(), name, &format!("#!/bin/sh\necho {text}\n"));
    says("npm", "9.0.0");
    says("python3", "'pip 20.3.4 from /usr/lib/python2.7 (python 2.7)'");
    let docker = "#!/bin/sh\ntest \"$1\" != version && echo github.com/docker/buildx v0.9.1 abc\n";
    crate::project::program(tools.path(), "docker", docker);
    let project = Project::with_page();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    project.write("ui/package.json", r#"{"engines": {"node": "^20.19.0 || >=22.12.0"}}"#);
    let doctor = || {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    says("node", "v20.18.1");
    let too_old = ["node: v20.18.1 does not do", "Node.js ^20.19.0 || >=22.12.0"];
    let ran = doctor().failed(1, &too_old);
    for line in [
        "python: missing, needed to install zig",
        "buildx v0.9.1 abc is too old: ",
        "0.10.0 or later",
        "docker: does not answer",
    ] {
        assert!(ran.stderr.contains(line), "{line:?} is not said:\n{}", ran.stderr);
    }
    says("node", "v20.19.0");
    assert!(doctor().stderr.contains("ok node: v20.19.0"));
}
