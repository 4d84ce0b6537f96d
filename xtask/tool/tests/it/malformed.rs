//! Malformed files of the author: errors name the file and the place, and have help.

use crate::project::Project;

#[test]
fn errors_in_cargo_toml_are_cargos_own() {
    let project = Project::new();
    project.edit("Cargo.toml", "[workspace]", "[workspace");
    for command in ["dist", "plan", "doctor"] {
        let said = project.run(&[command]).failed(1, &["Cargo.toml:2:11", "mend what it says here"]).stderr;
        assert!(!said.contains("inside the folder of your extension"), "{said}");
    }
    project.write("Cargo.toml", "");
    project.run(&["dist"]).failed(1, &["manifest is missing either a `[package]`"]);
}

#[test]
fn a_folder_without_a_project_is_an_error() {
    let empty = tempfile::tempdir().unwrap();
    Project::new()
        .run_with(&["dist"], |command| {
            command.current_dir(empty.path());
        })
        .failed(1, &["could not find `Cargo.toml`", "inside the folder of your extension"]);
}

#[test]
fn a_missing_or_outdated_lock_file_is_an_error_with_locked() {
    let project = Project::new();
    project.run(&["plan", "--locked"]).failed(1, &["Cargo.lock", "cargo generate-lockfile"]);
    project.run(&["plan"]).succeeded();
    project.edit("Cargo.toml", "1.2.3", "1.2.4");
    project.run(&["plan", "--locked"]).failed(1, &["Cargo.lock", "cargo generate-lockfile"]);
}

#[test]
fn a_version_that_cannot_be_a_tag_is_shown_with_line_and_caret() {
    let project = Project::new();
    project.edit("Cargo.toml", "1.2.3", "1.2.3+build");
    let words = [
        "[project]/Cargo.toml",
        "line 7, column 1",
        "7 | version = ",
        "^^^^^^^\n  the version 1.2.3+build cannot be the tag",
    ];
    project.run(&["dist"]).failed(1, &words);
    project.assert_nothing_done();
}

#[test]
fn metadata_with_invalid_json_is_shown_with_line_and_caret() {
    let project = Project::new();
    project.write("metadata.json", "{\n  \"icon\": \"icon.svg\"\n  \"host\": {}\n}\n");
    for command in ["dist", "plan"] {
        insta::assert_snapshot!("metadata_with_invalid_json", project.run(&[command]).failed(1, &[]).stderr);
    }
    project.assert_nothing_done();
}

#[test]
fn metadata_with_a_bad_path_is_shown_with_line_and_caret() {
    let project = Project::new();
    project.edit("metadata.json", "/linux/tool", "/linux/../tool");
    insta::assert_snapshot!(project.run(&["plan"]).failed(1, &[]).stderr);
}

#[test]
fn metadata_that_is_not_utf8_or_not_a_file_is_an_error() {
    let project = Project::new();
    std::fs::write(project.path("metadata.json"), b"{\n  \"icon\": \"\xe4.svg\"\n}").unwrap();
    let words =
        ["cannot use [project]/metadata.json", "line 2, column 12", "is not UTF-8", "help: save it as UTF-8"];
    project.run(&["dist"]).failed(1, &words);
    project.write("metadata.json", "\u{feff}{}");
    project.run(&["dist"]).failed(
        1,
        &["metadata.json", "line 1, column 1", "begins with a byte order mark", "without a byte order mark"],
    );
    std::fs::remove_file(project.path("metadata.json")).unwrap();
    std::fs::create_dir(project.path("metadata.json")).unwrap();
    project
        .run(&["dist"])
        .failed(1, &["help: metadata.json must be a readable file", "[project]/metadata.json"]);
    std::fs::remove_dir(project.path("metadata.json")).unwrap();
    project.run(&["dist"]).failed(1, &["help: every extension needs a metadata.json next to its Cargo.toml"]);
}
