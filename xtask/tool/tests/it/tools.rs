//! A machine that lacks a tool, or has one that does not do: said before any download and before anything is compiled.

use std::process::Command;

use camino::Utf8PathBuf;
use tempfile::TempDir;

use crate::project::{Project, Ran, path_with, program};

/// A machine with the programs that a test puts there.
struct Machine {
    tools: TempDir,
}

impl Machine {
    /// With cargo, and with a compiler that has no target but its own. What is called leaves a line in the file `called`.
    fn without_targets() -> Self {
        let machine = Self { tools: tempfile::tempdir().unwrap() };
        path_with(machine.tools.path(), &["sh"]);
        let rustc = which::which("rustc").unwrap();
        let script = format!(
            "[ \"$*\" = '--print sysroot' ] && echo '{}' || exec '{}' \"$@\"",
            machine.file("sysroot"),
            rustc.display()
        );
        machine.has("rustc", &script);
        machine.has("rust-lld", "");
        machine
    }

    fn file(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.tools.path().join(name)).unwrap()
    }

    fn has(&self, name: &str, script: &str) {
        program(self.tools.path(), name, &format!("#!/bin/sh\n{script}\n"));
    }

    /// With a program that leaves what it is called with, and does nothing.
    fn has_idle(&self, name: &str) {
        self.has(name, &format!("echo {name} \"$@\" >> '{}'", self.file("called")));
    }

    fn called(&self) -> String {
        std::fs::read_to_string(self.file("called")).unwrap_or_default()
    }

    fn run(&self, project: &Project, args: &[&str]) -> Ran {
        project.run_with(args, |command| {
            command.env("CARGO", cargo()).env("PATH", self.tools.path()).env_remove("RUSTC");
            command.env("SIXFOLD_CACHE", self.file("cache")).env_remove("CARGO_ZIGBUILD_ZIG_PATH");
        })
    }
}

/// The cargo of a toolchain, which does not look for other tools as rustup's does.
fn cargo() -> Utf8PathBuf {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    Utf8PathBuf::from(String::from_utf8(sysroot).unwrap().trim()).join("bin/cargo")
}

fn for_windows() -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"windows\"]");
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
    project
}

#[test]
fn offline_adds_no_targets() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    machine.has_idle("rustup");
    let words = ["x86_64-unknown-linux-musl are missing", "--offline forbids", "`rustup target add x86_64-"];
    machine.run(&project, &["dist", "--offline"]).failed(1, &words);
    assert_eq!(machine.called(), "");
    project.assert_nothing_done();
}

#[test]
fn a_machine_without_rustup_is_told_what_it_lacks() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    let words = ["x86_64-unknown-linux-musl are missing", "there is no rustup to add them"];
    machine.run(&project, &["dist"]).failed(1, &words);
    project.assert_nothing_done();
    let said = machine.run(&project, &["doctor"]).stderr;
    assert!(said.contains("targets: missing, needed to compile for all hosts: the Rust targets "), "{said}");
}

#[test]
fn targets_that_came_to_another_rust_are_noticed() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    machine.has_idle("rustup");
    machine
        .run(&project, &["dist"])
        .failed(1, &["still lacks x86_64-unknown-linux-musl", "first on the PATH"]);
    assert_eq!(machine.called(), "rustup target add x86_64-unknown-linux-musl\n");
}

#[test]
fn all_that_is_missing_is_said_before_the_first_download() {
    let (machine, project) = (Machine::without_targets(), for_windows());
    let page = format!("{}\n[workspace.metadata.extension.labels]", crate::project::PAGE);
    project.edit("Cargo.toml", "[workspace.metadata.extension.labels]", &page);
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"no-such-bundler ");
    let words = ["windows-gnullvm are missing", "install Python 3", "no-such-bundler is not on this machine"];
    machine.run(&project, &["dist"]).failed(1, &words);
    machine.has_idle("rustup");
    machine.run(&project, &["dist"]).failed(1, &words[1..]);
    assert_eq!(machine.called(), "");
}

#[test]
fn pip_that_fails_is_said_with_what_it_was_to_do() {
    let project = for_windows();
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["sh", "rustc"]);
    machine.has("python3", "case \"$*\" in *--version) echo 'pip 25 (python 3.13)';; *) echo 'no route to host' >&2; exit 1;; esac");
    let words = ["no route to host", "zig is needed to link windows", "pip install ziglang=="];
    machine.run(&project, &["dist"]).failed(1, &words);
    assert!(machine.file("cache").read_dir_utf8().unwrap().all(|entry| !entry.unwrap().path().is_dir()));
}

#[test]
fn a_zig_that_is_too_new_is_refused_by_its_path_and_otherwise_not_used() {
    let (machine, project) = (Machine { tools: tempfile::tempdir().unwrap() }, for_windows());
    path_with(machine.tools.path(), &["sh", "rustc"]);
    machine.has("zig", "echo 0.16.0");
    machine.run(&project, &["dist"]).failed(1, &["zig is needed to link windows", "install Python 3"]);
    let ran = project.run_with(&["dist"], |command| {
        command.env("CARGO_ZIGBUILD_ZIG_PATH", machine.file("zig"));
    });
    ran.failed(1, &["CARGO_ZIGBUILD_ZIG_PATH=", "is no zig from 0.13 to 0.15", "unset it"]);
}

#[test]
fn npm_without_node_is_noticed_before_anything_is_compiled() {
    let project = Project::with_page();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["rustc"]);
    machine.has_idle("npm");
    machine.run(&project, &["dist"]).failed(1, &["node is not on this machine", "install it"]);
    assert_eq!(machine.called(), "");
    project.assert_nothing_done();
}

#[test]
fn a_machine_without_rust_is_told_to_install_it() {
    let (machine, project) = (Machine { tools: tempfile::tempdir().unwrap() }, Project::new());
    machine.run(&project, &["dist"]).failed(1, &["install Rust with rustup", "`rustc -vV`"]);
    let bare = |command: &mut Command| {
        command.env_remove("CARGO").env("PATH", machine.tools.path());
    };
    project.run_with(&["plan"], bare).failed(1, &["cargo does not start: install Rust with rustup"]);
    let said = project.run_with(&["doctor"], bare).failed(1, &["project: cargo does not start"]).stderr;
    assert!(!said.contains("project: missing"), "{said}");
}
