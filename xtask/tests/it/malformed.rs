//! Files of the author's that cannot be read: each is named, with the place in it, and with what mends it.

use crate::project::Project;

#[test]
fn cargos_own_words_tell_what_is_wrong_with_cargo_toml() {
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
fn a_folder_without_a_project_is_the_wrong_folder() {
    let empty = tempfile::tempdir().unwrap();
    Project::new()
        .run_with(&["dist"], |command| {
            command.current_dir(empty.path());
        })
        .failed(1, &["could not find `Cargo.toml`", "inside the folder of your extension"]);
}

#[test]
fn a_lock_file_that_is_missing_or_outdated_is_made_anew_by_name() {
    let project = Project::new();
    project.run(&["plan", "--locked"]).failed(1, &["Cargo.lock", "cargo generate-lockfile"]);
    project.run(&["plan"]).succeeded();
    project.edit("Cargo.toml", "1.2.3", "1.2.4");
    project.run(&["plan", "--locked"]).failed(1, &["Cargo.lock", "cargo generate-lockfile"]);
}
