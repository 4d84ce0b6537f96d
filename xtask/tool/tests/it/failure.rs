//! Errors are shown once, with the file or target and with help, and no file is left incomplete.

use crate::project::Project;
#[cfg(unix)]
use crate::project::{path_with, program};

fn no_archive(project: &Project) {
    assert!(!project.path("target/dist/tool-1.2.3.oci.tar").exists(), "an archive was written");
}

#[test]
fn an_unknown_key_is_shown_with_line_and_caret() {
    let project = Project::new();
    project.edit("Cargo.toml", "title = \"Tool\"", "tilte = \"Tool\"");
    insta::assert_snapshot!(project.run(&["dist"]).failed(1, &[]).stderr);
}

#[test]
fn a_missing_configuration_is_an_error_with_a_minimal_example() {
    let project = Project::new();
    project
        .write("Cargo.toml", "[workspace]\nmembers = [\"tool\"]\n[workspace.package]\nversion = \"1.0.0\"\n");
    project.run(&["plan"]).failed(1, &["[workspace.metadata.extension]", "image = "]);
}

#[test]
fn metadata_that_differs_from_the_build_shows_both() {
    let project = Project::new();
    project.edit("metadata.json", "/linux/tool", "/linux/tol");
    insta::assert_snapshot!(project.run(&["dist"]).failed(1, &[]).stderr);
    project.assert_nothing_done();
}

#[test]
fn a_missing_icon_is_an_error() {
    let project = Project::new();
    std::fs::remove_file(project.path("icon.svg")).unwrap();
    project.run(&["dist"]).failed(
        1,
        &["cannot read [project]/icon.svg: ", "help: add the file, or change \"icon\" in metadata.json"],
    );
    project.assert_nothing_done();
    std::fs::create_dir(project.path("icon.svg")).unwrap();
    project.run(&["dist"]).failed(1, &["icon.svg: it is not a file", "metadata.json"]);
}

#[test]
fn an_unknown_binary_is_an_error_that_lists_the_known_ones() {
    let project = Project::new();
    project.edit("Cargo.toml", "binaries.tool", "binaries.tol");
    project.run(&["plan"]).failed(
        1,
        &[
            "[project]/Cargo.toml",
            "line 19, column 40",
            "^^^\n  no package of this workspace has a bin named tol",
            "help: use one of its bins (tool)",
        ],
    );
}

#[test]
fn a_compile_error_is_shown_with_its_targets() {
    let project = Project::new();
    project.write("tool/src/main.rs", "fn main() { let x: u8 = \"text\"; }");
    project.run(&["dist"]).failed(1, &["mismatched types", "cannot compile for x86_64-unknown-linux-musl;"]);
    no_archive(&project);
    project.write("tool/src/main.rs", "fn main() {}");
    project.run(&["dist"]).succeeded();
}

#[test]
fn only_the_target_that_failed_is_blamed() {
    let project = Project::new();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    let blames_arm64 = || {
        let said =
            project.run(&["dist"]).failed(1, &["cannot compile for aarch64-unknown-linux-musl;"]).stderr;
        assert!(!said.contains("for x86_64-"), "{said}");
    };
    let condition = "#[cfg(target_arch = \"aarch64\")]\ncompile_error!(\"no\");\nfn main() {}";
    project.write("tool/src/main.rs", condition);
    blames_arm64();
    project.write("tool/src/main.rs", "fn main() {}");
    let script = "fn main() { assert_ne!(std::env::var(\"CARGO_CFG_TARGET_ARCH\").unwrap(), \"aarch64\") }";
    project.write("tool/build.rs", script);
    blames_arm64();
    std::fs::remove_file(project.path("tool/build.rs")).unwrap();
    project.run(&["dist"]).succeeded();
}

#[test]
fn a_missing_openssl_is_explained() {
    let project = Project::new();
    project.edit("Cargo.toml", "[\"tool\"]", "[\"tool\", \"openssl-sys\"]");
    project.edit(
        "tool/Cargo.toml",
        "edition = \"2024\"",
        "edition = \"2024\"\n[dependencies]\nopenssl-sys.path = \"../openssl-sys\"",
    );
    project.write(
        "openssl-sys/Cargo.toml",
        "[package]\nname = \"openssl-sys\"\nversion = \"0.9.1\"\nedition = \"2024\"\n",
    );
    project.write("openssl-sys/src/lib.rs", "");
    project.write("openssl-sys/build.rs", "fn main() { panic!(\"Could not find directory\") }");
    let advice = "openssl-sys finds no OpenSSL";
    project.run(&["dist"]).failed(1, &[advice, "`vendored` of openssl or native-tls"]);
    // The author says where it is.
    let set = project.run_with(&["dist"], |command| {
        command.env("X86_64_UNKNOWN_LINUX_MUSL_OPENSSL_DIR", "/no/such/folder");
    });
    assert!(!set.failed(1, &["cannot compile"]).stderr.contains(advice));
    // `vendored` is enabled already, and its build fails.
    project.edit("Cargo.toml", "\"openssl-sys\"]", "\"openssl-sys\", \"openssl-src\"]");
    project.write(
        "openssl-src/Cargo.toml",
        "[package]\nname = \"openssl-src\"\nversion = \"1.0.0\"\nedition = \"2024\"\n",
    );
    project.write("openssl-src/src/lib.rs", "");
    project.edit(
        "openssl-sys/Cargo.toml",
        "edition = \"2024\"",
        "edition = \"2024\"\n[build-dependencies]\nopenssl-src.path = \"../openssl-src\"",
    );
    assert!(!project.run(&["dist"]).failed(1, &["cannot compile"]).stderr.contains(advice));
}

#[test]
fn a_failed_ui_build_shows_its_output() {
    let project = Project::with_ui();
    project.write("ui/page.rs", "fn broken(");
    project.run(&["dist"]).failed(1, &["unclosed delimiter", "cannot build the UI"]);
    no_archive(&project);
}

#[test]
#[cfg(target_os = "linux")]
fn unusual_ui_files_are_errors() {
    for (make, words) in [
        ("mkfifo build/pipe", ["build/pipe is neither a file nor a folder", "keep it out"]),
        ("ln -s page.rs build/link", ["build/link is a symbolic link", "copy the file"]),
        ("touch \"$(printf 'build/\\377.js')\"", ["\u{fffd}.js is not UTF-8", "help: rename this file"]),
    ] {
        let project = Project::with_ui_built_by(&format!("mkdir build; {make}"));
        project.run(&["dist"]).failed(1, &words);
        no_archive(&project);
    }
}

#[test]
#[cfg(unix)]
fn a_ui_build_on_a_full_disk_is_reported_as_such() {
    let (project, tools) = (Project::with_ui(), tempfile::tempdir().unwrap());
    program(
        tools.path(),
        "bundler",
        "#!/bin/sh\necho 'ENOSPC: no space left on device, write' >&2; exit 1\n",
    );
    let bundler = format!("build = \"{}/bundler ", tools.path().display());
    project.edit("Cargo.toml", "build = \"rustc ", &bundler);
    project.run(&["dist"]).failed(1, &["cannot build the UI", "the disk is full: free some space"]);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_behind_stderr_does_not_crash() {
    let project = Project::new();
    std::fs::remove_file(project.path("metadata.json")).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    assert_eq!(project.command(&["dist"]).stderr(full).status().unwrap().code(), Some(1));
}

#[test]
fn an_unknown_profile_is_reported_by_cargo() {
    let said =
        Project::new().run(&["dist", "--profile", "nope"]).failed(1, &["profile `nope` is not"]).stderr;
    assert!(said.contains("cargo stopped before it compiled anything") && !said.contains("musl"), "{said}");
}

#[test]
fn a_missing_ui_build_program_is_an_error() {
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "build = \"no-such-bundler ");
    project.run(&["dist"]).failed(1, &["no-such-bundler was not found"]);
}

#[test]
fn a_dockerfile_with_run_is_refused_by_the_builtin_engine_before_compiling() {
    let project = Project::new();
    project.write("Dockerfile", "FROM scratch\nRUN make\n");
    project.run(&["dist", "--engine", "builtin"]).failed(1, &["Dockerfile:2", "--engine buildx"]);
    project.assert_nothing_done();
}

#[test]
fn a_dockerignore_is_refused_by_the_builtin_engine_or_left_to_buildx() {
    let project = Project::new();
    project.write("Dockerfile.dockerignore", "*.map\n");
    let words = ["Dockerfile.dockerignore:1", "ignore files are not supported", "--engine buildx"];
    project.run(&["dist", "--engine", "builtin"]).failed(1, &words);
    project.assert_nothing_done();
    let plan = project.run(&["plan", "--format", "json"]).succeeded().stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    assert_eq!(plan["delivery"]["engine"], "buildx");
}

#[test]
#[cfg(unix)]
fn a_rust_without_rust_lld_is_an_error_before_compiling() {
    let project = Project::new();
    let (tools, sysroot) = (tempfile::tempdir().unwrap(), project.path("sysroot"));
    project.write("sysroot/lib/rustlib/x86_64-unknown-linux-musl/lib/x", "");
    let rustc = which::which("rustc").unwrap();
    let script = format!(
        "#!/bin/sh\nif [ \"$*\" = '--print sysroot' ]; then echo '{sysroot}'; else exec '{}' \"$@\"; fi\n",
        rustc.display()
    );
    program(tools.path(), "rustc", &script);
    let path = path_with(tools.path(), &["cargo", "sh"]);
    let ran = project.run_with(&["dist"], |command| {
        command.env("PATH", &path);
    });
    ran.failed(1, &["rust-lld, which links linux and darwin", "install Rust with rustup"]);
    project.assert_nothing_done();
}

#[test]
fn a_failed_link_names_only_its_target() {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"darwin\", \"linux\"]");
    project.edit("metadata.json", "\"darwin\": []", "\"darwin\": [{\"path\": \"/darwin/tool\"}]");
    let source = "unsafe extern \"C\" {\n    fn NoSuchFunctionXyz();\n}\nfn main() {\n    if cfg!(target_os = \"macos\") {\n        unsafe { NoSuchFunctionXyz() }\n    }\n}\n";
    project.write("tool/src/main.rs", source);
    let said = project.run(&["dist"]).failed(1, &["cannot compile for x86_64-apple-darwin;"]).stderr;
    assert!(!said.contains("cannot compile for x86_64-unknown-linux-musl"), "{said}");
}

#[test]
#[cfg(unix)]
fn a_push_without_docker_fails_before_compiling() {
    let project = Project::new();
    let tools = tempfile::tempdir().unwrap();
    let path = path_with(tools.path(), &["cargo", "rustc"]);
    let ran = project.run_with(&["dist", "--push"], |command| {
        command.env("PATH", &path);
    });
    ran.failed(1, &["cannot find docker", "install"]);
    assert!(!project.path("target/x86_64-unknown-linux-musl").exists());
}

#[test]
#[cfg(unix)]
fn zig_without_python_names_what_to_install() {
    let project = Project::new();
    let table = "[workspace.metadata.extension.targets.x86_64-pc-windows-gnullvm]\nlinker = \"zig\"\n";
    let labels = "[workspace.metadata.extension.labels]";
    project.edit("Cargo.toml", labels, &format!("{table}\n{labels}"));
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"windows\"]");
    project.edit("metadata.json", "\"windows\": []", "\"windows\": [{\"path\": \"/windows/tool.exe\"}]");
    project.edit("metadata.json", "[{\"path\": \"/linux/tool\"}]", "[]");
    let (tools, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = path_with(tools.path(), &["cargo", "rustc", "rustup"]);
    let bare = |command: &mut std::process::Command| {
        command.env("PATH", &path).env("SIXFOLD_CACHE", cache.path()).env_remove("CARGO_ZIGBUILD_ZIG_PATH");
    };
    project.run_with(&["dist"], bare).failed(1, &["zig is needed to link windows", "install Python 3"]);
    project.run_with(&["dist", "--offline"], bare).failed(1, &["--offline forbids downloading it"]);
}

#[test]
fn a_file_or_folder_in_the_way_of_the_archive_is_an_error() {
    let project = Project::new();
    project.write("target/dist", "a file where a folder should be");
    project.run(&["dist"]).failed(1, &["[project]/target/dist is not a folder", "help: remove or rename"]);
    std::fs::remove_file(project.path("target/dist")).unwrap();
    std::fs::create_dir_all(project.path("target/dist/tool-1.2.3.oci.tar")).unwrap();
    project
        .run(&["dist"])
        .failed(1, &["tool-1.2.3.oci.tar: it is a folder", "help: remove or rename the folder"]);
    assert!(!project.path("target/x86_64-unknown-linux-musl").exists(), "cargo ran");
}

#[test]
fn a_dockerfile_that_copies_the_wrong_folder_writes_no_archive() {
    let project = Project::new();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    project.edit("Dockerfile", "${TARGETARCH}/ /", "amd64/ /");
    project.run(&["dist"]).failed(1, &["/linux/tool in linux/arm64: wrong-arch", "${TARGETARCH}"]);
    no_archive(&project);
}
