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
    project.run(&["doctor"]).failed(1, &["project: missing", "metadata.json", "ok rust: "]);
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
