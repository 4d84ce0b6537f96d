//! `auditable = true` on machines that lack cargo-auditable, or have something else under its name. The end-to-end tests build with
//! the real one.

use std::process::Command;

use tempfile::TempDir;

use crate::project::{Project, Ran, program};

/// A project that asks for cargo-auditable, and a folder where cargo looks for it.
struct Auditable {
    project: Project,
    home: TempDir,
}

impl Auditable {
    fn new() -> Self {
        let project = Project::new();
        project.edit("Cargo.toml", "image = ", "auditable = true\nimage = ");
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("bin")).unwrap();
        Self { project, home }
    }

    /// Puts this script in the place of cargo-auditable.
    fn has(&self, script: &str) {
        self.has_named("cargo-auditable", script);
    }

    fn has_named(&self, name: &str, script: &str) -> String {
        let bin = self.home.path().join("bin");
        program(&bin, name, &format!("#!/bin/sh\n{script}\n"));
        bin.join(name).to_str().unwrap().to_owned()
    }

    fn run(&self, args: &[&str], variables: &[(&str, &str)]) -> Ran {
        self.project.run_with(args, |command: &mut Command| {
            let path = std::env::var_os("PATH").unwrap();
            let others = std::env::split_paths(&path).filter(|dir| !dir.join("cargo-auditable").exists());
            command.env("PATH", std::env::join_paths(others).unwrap());
            command.env("CARGO_HOME", self.home.path()).env_remove("RUSTC_WORKSPACE_WRAPPER");
            command.envs(variables.iter().copied());
        })
    }
}

#[test]
fn a_missing_cargo_auditable_is_an_error_before_anything_is_compiled() {
    let auditable = Auditable::new();
    let words =
        ["cargo-auditable was not found", "\nhelp: install it with `cargo install cargo-auditable --locked`"];
    auditable.run(&["dist"], &[]).failed(1, &words);
    auditable.project.assert_nothing_done();
    auditable
        .run(&["doctor"], &[])
        .failed(1, &["auditable: cargo-auditable was not found, which `auditable = true` needs"]);
    auditable.project.edit("Cargo.toml", "auditable = true", "auditable = false");
    let doctor = auditable.run(&["doctor"], &[]).stderr;
    assert!(!doctor.contains("auditable"), "{doctor}");
}

#[test]
fn a_cargo_auditable_that_is_too_old_is_an_error_before_anything_is_compiled() {
    let auditable = Auditable::new();
    auditable.has("exit 1");
    let installed = "[v1]\n\"cargo-auditable 0.7.2 (registry+https://github.com/rust-lang/crates.io-index)\" = [\"cargo-auditable\"]\n";
    std::fs::write(auditable.home.path().join(".crates.toml"), installed).unwrap();
    auditable
        .run(&["dist"], &[])
        .failed(1, &["cargo-auditable 0.7.2 in ", "is too old", "\nhelp: install it"]);
    auditable.project.assert_nothing_done();
}

#[test]
fn the_plan_says_that_cargo_builds_through_cargo_auditable() {
    let auditable = Auditable::new();
    let text = auditable.run(&["plan"], &[]).succeeded().stdout;
    assert!(text.contains("compile: cargo auditable build --profile release"), "{text}");
    assert!(text.contains("compare the crates that each program lists with cargo's graph"), "{text}");
    let json = auditable.run(&["plan", "--format", "json"], &[]).succeeded().stdout;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["compile"]["auditable"], true);
}

#[test]
fn another_wrapper_around_rustc_is_an_error_that_says_where_it_is_set() {
    let auditable = Auditable::new();
    let mine = auditable.has_named("mine", "exec \"$@\"");
    let words =
        ["both cargo-auditable, for `auditable`, and `", "/bin/mine`, set by ", "\nhelp: remove one of them"];
    let by_variable = auditable.run(&["plan"], &[("RUSTC_WORKSPACE_WRAPPER", &mine)]);
    by_variable.failed(1, &words).failed(1, &["set by RUSTC_WORKSPACE_WRAPPER\n"]);
    let config = format!("[build]\nrustc-workspace-wrapper = '{mine}'\n");
    auditable.project.write(".cargo/config.toml", &config);
    // An empty variable overrides the file.
    auditable.run(&["plan"], &[("RUSTC_WORKSPACE_WRAPPER", "")]).succeeded();
    auditable.run(&["plan"], &[]).failed(1, &words).failed(1, &["set by .cargo/config.toml\n"]);
    auditable.project.edit("Cargo.toml", "auditable = true", "auditable = false");
    auditable.run(&["plan"], &[]).succeeded();
}

#[test]
fn a_program_that_does_not_list_its_crates_is_not_shipped() {
    let auditable = Auditable::new();
    // Calls cargo, and changes nothing.
    auditable.has("shift; exec \"$CARGO\" \"$@\"");
    let words = ["/linux/tool in linux/amd64", "does not list its crates", "\nhelp: "];
    auditable.run(&["dist"], &[]).failed(1, &words);
    assert!(!auditable.project.path("target/dist/tool-1.2.3.oci.tar").exists());
    assert!(!auditable.project.path("target/dist/stage").exists());
}
