//! `doctor`: shows which tools are installed, and how to install or fix the others.

use crate::project::Project;

#[test]
fn a_machine_with_all_tools_passes() {
    let ran = Project::new().run(&["doctor"]).succeeded();
    for line in ["ok project: example/tool in [project]", "ok rust: rustc ", "ok rust-lld: ", "ok cache: "] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
}

#[test]
fn an_unreadable_project_does_not_stop_the_other_checks() {
    let project = Project::new();
    std::fs::remove_file(project.path("metadata.json")).unwrap();
    project.run(&["doctor"]).failed(1, &["error: project: ", "metadata.json", "ok rust: "]);
}

#[test]
#[cfg(unix)]
fn a_missing_tool_that_only_some_commands_need_is_a_note() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let ran = Project::new().run_with(&["doctor"], |command| {
        command.env("PATH", &path);
    });
    for line in [
        "note docker: not found; `dist --push`",
        "help: install Docker",
        "note desktop: `install` does not work: ",
    ] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
}

#[test]
#[cfg(unix)]
fn only_programs_that_build_the_ui_are_checked() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "python3"]);
    let doctor = |project: &Project| {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    let project = Project::with_ui();
    let ran = doctor(&project);
    assert!(!ran.stderr.contains("node") && !ran.stderr.contains("npm"), "{}", ran.stderr);
    assert!(ran.stderr.contains("ok rustc: "), "{}", ran.stderr);
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    doctor(&project).failed(1, &["node: not found", "npm: not found"]);
}

#[test]
#[cfg(unix)]
fn versions_are_compared_with_the_required_ones() {
    let tools = tempfile::tempdir().unwrap();
    let path = crate::project::path_with(tools.path(), &["cargo", "rustc", "sh"]);
    let says = |name, text| crate::project::program(tools.path(), name, &format!("#!/bin/sh\necho {text}\n"));
    says("npm", "9.0.0");
    says("python3", "'pip 20.3.4 from /usr/lib/python2.7 (python 2.7)'");
    let docker = "#!/bin/sh\ntest \"$1\" != version && echo github.com/docker/buildx v0.9.1 abc\n";
    crate::project::program(tools.path(), "docker", docker);
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    project.write("ui/package.json", r#"{"engines": {"node": "^20.19.0 || >=22.12.0"}}"#);
    let doctor = || {
        project.run_with(&["doctor"], |command| {
            command.env("PATH", &path);
        })
    };
    says("node", "v20.18.1");
    let too_old =
        ["node: package.json does not allow version v20.18.1", "help: install Node.js ^20.19.0 || >=22.12.0"];
    let ran = doctor().failed(1, &too_old);
    for line in [
        "python: no Python 3 with pip found",
        "buildx v0.9.1 abc is too old\n",
        "0.10.0 or later",
        "docker: the engine does not respond",
    ] {
        assert!(ran.stderr.contains(line), "{line:?} is missing in:\n{}", ran.stderr);
    }
    says("node", "v20.19.0");
    assert!(doctor().stderr.contains("ok node: v20.19.0"));
}
