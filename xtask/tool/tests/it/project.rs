//! A small extension in a temporary folder, and ways to run the tool on it.

use std::process::Command;
use std::time::{Duration, Instant};

use camino::Utf8PathBuf;
use tempfile::TempDir;

/// An extension without dependencies: one binary, a UI that `rustc` builds, and nothing to download.
pub(crate) struct Project {
    folder: TempDir,
}

/// The exit code and the output of a run.
pub(crate) struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

const CARGO: &str = r#"
[workspace]
members = ["tool"]
resolver = "3"

[workspace.package]
version = "1.2.3"
description = "Does it"

[workspace.metadata.extension]
image = "example/tool"
platforms = ["linux/amd64"]

[workspace.metadata.extension.labels]
title = "Tool"
vendor = "Example"
api-version = ">= 0.3.4"

[workspace.metadata.extension.binaries.tool]
hosts = ["linux"]
"#;

/// The configuration of a UI whose build program, rustc, is available in every test.
pub(crate) const UI: &str = r#"
[workspace.metadata.extension.ui]
dir = "ui"
build = "rustc --crate-type=lib --emit=mir --out-dir build page.rs"
output = "build"
"#;

const TOOL: &str = "[package]\nname = \"tool\"\nversion.workspace = true\nedition = \"2024\"\n";
const METADATA: &str = r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [], "windows": [], "linux": [{"path": "/linux/tool"}]}]}}"#;
const DOCKERFILE: &str = "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\n";

impl Project {
    pub(crate) fn new() -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap() };
        project.write("Cargo.toml", CARGO);
        project.write("tool/Cargo.toml", TOOL);
        project.write("tool/src/main.rs", "fn main() { println!(\"hello\") }\n");
        project.write("metadata.json", METADATA);
        project.write("Dockerfile", DOCKERFILE);
        project.write("icon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        project.write("ui/page.rs", "");
        project
    }

    /// A project with a UI.
    pub(crate) fn with_ui() -> Self {
        let project = Self::new();
        project.edit(
            "Cargo.toml",
            "[workspace.metadata.extension.labels]",
            &format!("{UI}\n[workspace.metadata.extension.labels]"),
        );
        project
    }

    /// A project whose UI is built by this shell script.
    #[cfg(unix)]
    pub(crate) fn with_ui_built_by(script: &str) -> Self {
        let project = Self::with_ui();
        let page = "rustc --crate-type=lib --emit=mir --out-dir build page.rs";
        project.edit("Cargo.toml", page, "sh build.sh");
        project.write("ui/build.sh", script);
        project
    }

    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8PathBuf::try_from(self.folder.path().join(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, content: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Asserts that the target directory contains nothing but the lock and cargo's cache of rustc's version.
    #[track_caller]
    pub(crate) fn assert_nothing_done(&self) {
        if !self.path("target/dist").exists() {
            return;
        }
        let names = |folder: &str, hidden: bool| {
            let names =
                self.path(folder).read_dir_utf8().unwrap().map(|entry| entry.unwrap().file_name().to_owned());
            names.filter(|name| hidden || !name.starts_with('.')).collect::<Vec<_>>()
        };
        assert_eq!(
            (names("target", false), names("target/dist", true)),
            (vec!["dist".into()], vec![".lock".into()])
        );
    }

    /// Replaces text that must be in the file.
    pub(crate) fn edit(&self, name: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(name)).unwrap();
        assert!(text.contains(from), "{name} does not contain {from:?}");
        self.write(name, &text.replace(from, to));
    }

    /// Runs `cargo xtask ARGS` in the project's folder.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, |_| {})
    }

    /// The same, with a change to the command.
    pub(crate) fn run_with(&self, args: &[&str], change: impl FnOnce(&mut Command)) -> Ran {
        let mut command = self.command(args);
        change(&mut command);
        let output = command.output().unwrap();
        let text = |bytes| {
            String::from_utf8(bytes).unwrap().replace(&*self.folder.path().to_string_lossy(), "[project]")
        };
        Ran { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
    }

    /// `cargo xtask ARGS` in the project's folder, not started yet.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = tool();
        command.args(args).current_dir(self.folder.path());
        // The settings of this test run must not affect the project.
        for name in
            ["CARGO_TARGET_DIR", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET", "SDKROOT"]
        {
            command.env_remove(name);
        }
        command.env("SOURCE_DATE_EPOCH", "1700000000").env("CARGO_NET_OFFLINE", "true");
        command
    }
}

impl Ran {
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that the run failed with this exit code, and that standard error contains all these words.
    #[track_caller]
    pub(crate) fn failed(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(code), "{}\n{}", self.stdout, self.stderr);
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is missing in:\n{}", self.stderr);
        }
        self
    }
}

/// Waits until a condition holds, at most a minute.
pub(crate) fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes an executable script named like a program.
#[cfg(unix)]
pub(crate) fn program(folder: &std::path::Path, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = folder.join(name);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A PATH that contains only links to these programs.
#[cfg(unix)]
pub(crate) fn path_with(folder: &std::path::Path, programs: &[&str]) -> std::ffi::OsString {
    for name in programs {
        let program = which::which(name).unwrap();
        let link = folder.join(program.file_name().unwrap());
        std::os::unix::fs::symlink(program, link).unwrap();
    }
    folder.into()
}

/// The tool under the name that `cargo xtask` uses.
pub(crate) fn tool() -> Command {
    #[cfg(unix)]
    {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sixfold"));
        std::os::unix::process::CommandExt::arg0(&mut command, "xtask");
        command
    }
    #[cfg(not(unix))]
    {
        use std::sync::LazyLock;
        static PROGRAM: LazyLock<std::path::PathBuf> = LazyLock::new(|| {
            let copy = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("xtask.exe");
            std::fs::copy(env!("CARGO_BIN_EXE_sixfold"), &copy).unwrap();
            copy
        });
        Command::new(&*PROGRAM)
    }
}
