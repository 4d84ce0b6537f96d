//! Missing and unusable tools are errors before anything is downloaded or compiled.

use std::process::Command;

use camino::Utf8PathBuf;
use tempfile::TempDir;

use crate::project::{Project, Ran, path_with, program};

/// A machine that has only the programs that a test adds.
struct Machine {
    tools: TempDir,
}

impl Machine {
    /// A machine with cargo, and with a compiler that has only the target of its host.
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

    /// Adds a program that writes its arguments to the file `called` and does nothing else.
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

/// The cargo of the toolchain. Rustup's own cargo would look for other tools.
fn cargo() -> Utf8PathBuf {
    let sysroot = Command::new("rustc").args(["--print", "sysroot"]).output().unwrap().stdout;
    Utf8PathBuf::from(String::from_utf8(sysroot).unwrap().trim()).join("bin/cargo")
}

/// A project that zig links.
fn for_windows() -> Project {
    let project = Project::new();
    let table = "[workspace.metadata.extension.targets.x86_64-pc-windows-gnullvm]\nlinker = \"zig\"\n";
    let labels = "[workspace.metadata.extension.labels]";
    project.edit("Cargo.toml", labels, &format!("{table}\n{labels}"));
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"windows\"]");
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
    project
}

#[test]
fn offline_installs_no_targets() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    machine.has_idle("rustup");
    let words =
        ["x86_64-unknown-linux-musl are not installed", "--offline forbids", "`rustup target add x86_64-"];
    machine.run(&project, &["dist", "--offline"]).failed(1, &words);
    assert_eq!(machine.called(), "");
    project.assert_nothing_done();
}

#[test]
fn missing_targets_without_rustup_are_an_error() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    let words = ["x86_64-unknown-linux-musl are not installed", "rustup was not found\nhelp: install rustup"];
    machine.run(&project, &["dist"]).failed(1, &words);
    project.assert_nothing_done();
    let stderr = machine.run(&project, &["doctor"]).stderr;
    assert!(stderr.contains("note targets: the Rust targets "), "{stderr}");
}

#[test]
fn targets_installed_for_another_rust_are_an_error() {
    let (machine, project) = (Machine::without_targets(), Project::new());
    machine.has_idle("rustup");
    machine
        .run(&project, &["dist"])
        .failed(1, &["still lacks x86_64-unknown-linux-musl", "first on the PATH"]);
    assert_eq!(machine.called(), "rustup target add x86_64-unknown-linux-musl\n");
}

#[test]
fn all_missing_tools_are_reported_before_the_first_download() {
    let (machine, project) = (Machine::without_targets(), for_windows());
    let ui = format!("{}\n[workspace.metadata.extension.labels]", crate::project::UI);
    project.edit("Cargo.toml", "[workspace.metadata.extension.labels]", &ui);
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"no-such-bundler ");
    let words = ["windows-gnullvm are not installed", "install Python 3", "no-such-bundler was not found"];
    machine.run(&project, &["dist"]).failed(1, &words);
    machine.has_idle("rustup");
    machine.run(&project, &["dist"]).failed(1, &words[1..]);
    assert_eq!(machine.called(), "");
}

#[test]
fn a_pip_failure_names_what_zig_is_needed_for() {
    let project = for_windows();
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["sh", "rustc"]);
    machine.has("python3", "case \"$*\" in *--version) echo 'pip 25 (python 3.13)';; *) echo 'no route to host' >&2; exit 1;; esac");
    let words = ["no route to host", "zig is needed to link windows", "pip install ziglang=="];
    machine.run(&project, &["dist"]).failed(1, &words);
    assert!(machine.file("cache").read_dir_utf8().unwrap().all(|entry| !entry.unwrap().path().is_dir()));
}

#[test]
fn zig_is_installed_into_its_own_folder_whatever_pips_settings_are() {
    let project = for_windows();
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["sh", "rustc"]);
    let record = format!(
        "echo \"$* user=$PIP_USER venv=$PIP_REQUIRE_VIRTUALENV prefix=$PIP_PREFIX platform=$PIP_PLATFORM index=$PIP_INDEX_URL\" > '{}'",
        machine.file("called")
    );
    machine.has(
        "python3",
        &format!("case \"$*\" in *--version) echo 'pip 25 (python 3.13)';; *) {record}; exit 1;; esac"),
    );
    let ran = project.run_with(&["dist"], |command| {
        command.env("CARGO", cargo()).env("PATH", machine.tools.path()).env_remove("RUSTC");
        command.env("SIXFOLD_CACHE", machine.file("cache")).env_remove("CARGO_ZIGBUILD_ZIG_PATH");
        command.env("PIP_USER", "1").env("PIP_REQUIRE_VIRTUALENV", "true").env("PIP_PREFIX", "/opt");
        command.env("PIP_PLATFORM", "win_amd64");
        command.env("PIP_INDEX_URL", "https://example.org");
    });
    ran.failed(1, &["zig is needed to link windows"]);
    let called = machine.called();
    assert!(called.contains(" --no-user --prefix  --target "), "{called}");
    assert!(called.ends_with(" user= venv=0 prefix= platform= index=https://example.org\n"), "{called}");
}

/// A package called zig, in the pinned version, that is not what its publisher released.
const OTHER_ZIG: &str = "
import sys, zipfile
wheel = zipfile.ZipFile(sys.argv[1] + '/ziglang-0.15.2-py3-none-any.whl', 'w')
wheel.writestr('ziglang/zig', '#!/bin/sh\\ntouch \"$0-ran\"\\n')
info = 'ziglang-0.15.2.dist-info/'
wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ziglang\\nVersion: 0.15.2\\n')
wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
wheel.writestr(info + 'RECORD', '')
wheel.close()
";

#[test]
fn another_zig_from_a_package_index_is_not_installed() {
    let project = for_windows();
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["sh", "rustc"]);
    let python = |arguments: &[&str]| {
        let output = Command::new("python3").args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let real = python(&["-c", "import pip, sys; print(sys.executable)"]);
    machine.has("python3", &format!("exec '{}' \"$@\"", real.trim()));
    let index = machine.file("index");
    std::fs::create_dir(&index).unwrap();
    python(&["-c", OTHER_ZIG, index.as_str()]);
    let ran = project.run_with(&["dist"], |command| {
        command.env("CARGO", cargo()).env("PATH", machine.tools.path()).env_remove("RUSTC");
        command.env("SIXFOLD_CACHE", machine.file("cache")).env_remove("CARGO_ZIGBUILD_ZIG_PATH");
        // A line of pip's configuration is enough to add a package index.
        command.env("PIP_NO_INDEX", "1").env("PIP_FIND_LINKS", &index);
    });
    ran.failed(1, &["ziglang", "HASHES", "zig is needed to link windows", "serves unchanged files"]);
    assert!(machine.file("cache").read_dir_utf8().unwrap().all(|entry| !entry.unwrap().path().is_dir()));
}

#[test]
fn a_zig_that_is_too_new_is_an_error_if_configured_and_ignored_otherwise() {
    let (machine, project) = (Machine { tools: tempfile::tempdir().unwrap() }, for_windows());
    path_with(machine.tools.path(), &["sh", "rustc"]);
    machine.has("zig", "echo 0.16.0");
    machine.run(&project, &["dist"]).failed(1, &["zig is needed to link windows", "install Python 3"]);
    let ran = project.run_with(&["dist"], |command| {
        command.env("CARGO_ZIGBUILD_ZIG_PATH", machine.file("zig"));
    });
    ran.failed(1, &["CARGO_ZIGBUILD_ZIG_PATH=", "is not a zig from 0.13 to 0.15", "unset it"]);
}

#[test]
fn npm_without_node_is_an_error_before_compiling() {
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"npm ");
    let machine = Machine { tools: tempfile::tempdir().unwrap() };
    path_with(machine.tools.path(), &["rustc"]);
    machine.has_idle("npm");
    machine.run(&project, &["dist"]).failed(1, &["node was not found", "help: install it"]);
    assert_eq!(machine.called(), "");
    project.assert_nothing_done();
}

#[test]
fn a_missing_rust_is_an_error_that_says_how_to_install_it() {
    let (machine, project) = (Machine { tools: tempfile::tempdir().unwrap() }, Project::new());
    machine.run(&project, &["dist"]).failed(1, &["install Rust with rustup", "`rustc -vV`"]);
    let bare = |command: &mut Command| {
        command.env_remove("CARGO").env("PATH", machine.tools.path());
    };
    project.run_with(&["plan"], bare).failed(1, &["cannot start cargo: ", "help: install Rust with rustup"]);
    let stderr = project.run_with(&["doctor"], bare).failed(1, &["project: cannot start cargo"]).stderr;
    assert!(!stderr.contains("project: missing"), "{stderr}");
}
