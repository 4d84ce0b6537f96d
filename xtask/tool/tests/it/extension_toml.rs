//! Projects that are configured by extension.toml.

use serde_json::Value;

use crate::project::{Project, Ran};

const CONFIG: &str = r#"name = "Tool"
version = "1.2.3"
description = "Does it"
license = "MIT"
repository = "https://example.org/tool"
image = "example/tool"
marketplace = false

[labels]
vendor = "Example"
api-version = ">= 0.3.4"

[[files]]
from = "run.sh"
hosts = ["darwin", "linux"]

[[files]]
from = "run.cmd"
hosts = ["windows"]
"#;
const METADATA: &str = r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [{"path": "/darwin/run.sh"}], "windows": [{"path": "/windows/run.cmd"}], "linux": [{"path": "/linux/run.sh"}]}]}}"#;

/// An extension with a script, and without Rust.
fn project() -> Project {
    let project = Project::new();
    std::fs::remove_file(project.path("Cargo.toml")).unwrap();
    std::fs::remove_dir_all(project.path("tool")).unwrap();
    project.write("extension.toml", CONFIG);
    project.write("metadata.json", METADATA);
    project.write("run.sh", "#!/bin/sh\necho hello\n");
    project.write("run.cmd", "@echo hello\r\n");
    project
}

/// Runs the tool without any program on the PATH.
fn alone(project: &Project, args: &[&str]) -> Ran {
    project.run_with(args, |command| {
        command.env("PATH", "").env_remove("CARGO");
    })
}

#[test]
fn a_project_without_rust_is_built_without_cargo() {
    let project = project();
    assert_eq!(alone(&project, &["check"]).succeeded().stdout, "No problems found.\n");
    let plan = alone(&project, &["plan", "--format", "json"]).succeeded().stdout;
    let plan: Value = serde_json::from_str(&plan).unwrap();
    assert_eq!((&plan["rustc"], &plan["image"]), (&Value::Null, &"example/tool:1.2.3".into()));
    assert_eq!(plan["labels"]["org.opencontainers.image.title"], "Tool");
    assert_eq!(plan["labels"]["org.opencontainers.image.licenses"], "MIT");
    let archive = alone(&project, &["dist"]).succeeded().stdout;
    assert_eq!(archive, "[project]/target/dist/tool-1.2.3.oci.tar\n");
    let report: Value = serde_json::from_slice(&project.read("target/dist/report.json")).unwrap();
    assert_eq!(report["rustc"], Value::Null);
    let inspected = alone(&project, &["inspect", "target/dist/tool-1.2.3.oci.tar"]).stdout;
    assert!(inspected.contains("/linux/run.sh     script"), "{inspected}");
    let doctor = alone(&project, &["doctor"]).succeeded().stderr;
    assert!(!doctor.contains("rust") && !doctor.contains("zig"), "{doctor}");
}

#[test]
fn the_nearest_configuration_is_used_from_any_folder_inside() {
    let project = project();
    project.write("backend/Cargo.toml", "[package]\nname = \"backend\"\n");
    let plan = project.run_with(&["plan"], |command| {
        command.env("PATH", "").env_remove("CARGO").current_dir(project.path("backend"));
    });
    assert!(plan.succeeded().stdout.starts_with("example/tool:1.2.3\n"));
}

#[test]
fn two_configurations_in_one_folder_are_an_error_that_names_both() {
    let project = project();
    project.write("Cargo.toml", "[workspace.metadata.extension]\nimage = \"a/b\"\n");
    for command in ["plan", "check", "prebuilt"] {
        let args = if command == "prebuilt" { vec![command, "list"] } else { vec![command] };
        project.run(&args).failed(1, &["[project]/Cargo.toml and [project]/extension.toml", "help: remove"]);
    }
}

#[test]
fn a_rust_binary_without_a_cargo_package_is_an_error_with_help() {
    let project = project();
    project.write("extension.toml", &format!("{CONFIG}\n[binaries.tool]\n"));
    let words =
        ["/extension.toml", "line 21, column 11", "tool has neither `url` nor `build`", "help: set `path`"];
    alone(&project, &["plan"]).failed(1, &words);
    let check = alone(&project, &["check"]);
    assert_eq!(check.code, Some(1));
    assert!(check.stdout.contains("extension.toml:21:11"), "{}", check.stdout);
    assert!(check.stdout.contains("tool has neither `url` nor `build`"), "{}", check.stdout);
}

#[test]
fn a_rust_binary_is_built_by_the_workspace_beside_it() {
    let project = Project::new();
    project.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"tool\"]\nresolver = \"3\"\n[workspace.package]\nversion = \"0.1.0\"\n",
    );
    project.write("extension.toml", "image = \"example/tool\"\n[binaries.tool]\nhosts = [\"linux\"]\n");
    let plan: Value =
        serde_json::from_str(&project.run(&["plan", "--format", "json"]).succeeded().stdout).unwrap();
    assert_eq!(plan["image"], "example/tool:0.1.0");
    assert!(plan["rustc"].is_string() && plan["cells"][0]["source"] == "cargo", "{plan}");
}

#[test]
fn another_version_of_the_tool_refuses_the_project() {
    let project = project();
    project.run(&["upgrade"]).failed(1, &["does not name the version of sixfold", "help: write sixfold = {"]);
    project.edit("extension.toml", "name =", "sixfold = \"9.0.0\"\nkey-of-version-9 = 1\nname =");
    for command in ["plan", "dist", "check"] {
        project
            .run(&[command])
            .failed(1, &["extension.toml is for version 9.0.0 of sixfold", "help: install"]);
    }
    let own = format!("sixfold = \"{}\"", env!("CARGO_PKG_VERSION"));
    project.edit("extension.toml", "sixfold = \"9.0.0\"\nkey-of-version-9 = 1", &own);
    project.run(&["plan"]).succeeded();
    project.edit("extension.toml", &own, "sixfold = { path = \"..\" }");
    project.run(&["plan"]).failed(1, &["sixfold is from a folder or a branch, which has no versions"]);
}

#[test]
fn messages_name_extension_toml() {
    let project = project();
    project.edit("extension.toml", "version = \"1.2.3\"\n", "");
    alone(&project, &["plan"]).failed(1, &["help: set `version` in extension.toml;"]);
    let check = alone(&project, &["check"]).stdout;
    assert!(check.contains("extension.toml:1:1"), "{check}");
    project.write("extension.toml", &CONFIG.replace("image =", "imgae ="));
    alone(&project, &["plan"]).failed(1, &["extension.toml\n", "TOML parse error at line 6, column 1"]);
}
