//! The program under its own name, `sixfold`: without a Rust project around it, and without cargo.

use std::path::Path;
use std::process::{Command, Output};

/// An extension that has only a UI.
const METADATA: &str =
    r#"{"icon": "icon.svg", "ui": {"dashboard-tab": {"title": "T", "root": "/", "src": "index.html"}}}"#;

/// Runs `sixfold` in a folder without Cargo.toml, with an empty PATH.
fn sixfold(folder: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sixfold"));
    command
        .args(args)
        .current_dir(folder)
        .env("PATH", "")
        .env_remove("CARGO")
        .env_remove("SIXFOLD_CALLED_AS");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_uses_the_name_sixfold() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["--help"][..], &["check", "--help"], &["dist", "--help"]] {
        let help = text(&sixfold(folder.path(), args).stdout);
        assert!(help.contains("Usage: sixfold ") && !help.contains("cargo xtask"), "{help}");
    }
}

#[test]
fn check_needs_neither_cargo_toml_nor_cargo() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("metadata.json"), r#"{"name": "x", "host": {"binaries": []}}"#)
        .unwrap();
    std::fs::write(folder.path().join("Dockerfile"), "FROM scratch\nCOPY metadata.json /\n").unwrap();
    let output = sixfold(folder.path(), &["check"]);
    let stdout = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{stdout}{}", text(&output.stderr));
    assert!(stdout.contains("  metadata.json:1:2\n") && stdout.contains("problems found."), "{stdout}");
    assert_eq!(text(&output.stderr), "");

    let empty = tempfile::tempdir().unwrap();
    let output = sixfold(empty.path(), &["check"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.contains("`sixfold check`") && !stderr.contains("xtask"), "{stderr}");
}

#[test]
fn inspect_needs_neither_cargo_toml_nor_cargo() {
    let folder = tempfile::tempdir().unwrap();
    for platform in ["linux_amd64", "linux_arm64"] {
        let files = folder.path().join("image").join(platform);
        std::fs::create_dir_all(&files).unwrap();
        std::fs::write(files.join("metadata.json"), METADATA).unwrap();
        std::fs::write(files.join("index.html"), "<p>").unwrap();
        std::fs::write(files.join("icon.svg"), "<svg/>").unwrap();
    }
    let output = sixfold(folder.path(), &["inspect", "image"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    std::fs::remove_file(folder.path().join("image/linux_arm64/icon.svg")).unwrap();
    let output = sixfold(folder.path(), &["inspect", "image"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("icon-missing"), "{}", text(&output.stdout));
}

#[test]
fn a_build_outside_a_project_fails_with_the_name_sixfold() {
    let folder = tempfile::tempdir().unwrap();
    let output = sixfold(folder.path(), &["plan"]);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.starts_with("error: ") && !stderr.contains("xtask"), "{stderr}");
}
