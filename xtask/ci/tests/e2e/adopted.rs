//! Extensions that existed before Sixfold, in other languages, from their sources to a pushed image. docs/adopting.md shows
//! what each of them needs.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use crate::bases::{self, GO};
use crate::native::host_of;
use crate::process::{Finished, run};
use crate::publisher::{ARCHS, HOSTS, Publisher, path};
use crate::registry::{docker, read_back};
use crate::sandbox::{Sandbox, repository};

/// Runs the tool with Go on the PATH.
fn xtask(sandbox: &Sandbox, arguments: &[&str]) -> Finished {
    let path = std::env::var_os("PATH").unwrap();
    let paths = std::iter::once(Utf8PathBuf::from(GO).join("bin").into()).chain(std::env::split_paths(&path));
    run(sandbox.command(arguments).env("PATH", std::env::join_paths(paths).unwrap()))
}

/// Pushes the extension, after and before `check` has nothing to say. Returns the file systems of both platforms.
#[track_caller]
fn push(sandbox: &Sandbox, name: &str) -> TempDir {
    let image = repository(&format!("adopted-{name}"));
    for command in [&["check"][..], &["dist", "--push", "--image", &image], &["check"]] {
        let done = xtask(sandbox, command).succeeded();
        assert!(command != ["check"] || done.stdout == "No problems found.\n", "{}", done.stdout);
    }
    read_back(&format!("{image}:1.0.0"))
}

/// Asserts that each host gets a native binary from `/FOLDER/OS/NAME`.
#[track_caller]
fn assert_native(trees: &TempDir, folder: &str, name: &str) {
    for (os, arch) in HOSTS.into_iter().flat_map(|os| ARCHS.map(|arch| (os, arch))) {
        let exe = if os == "windows" { ".exe" } else { "" };
        let file = trees.path().join(format!("linux_{arch}/{folder}{os}/{name}{exe}"));
        assert_eq!(host_of(&fs_err::read(file).unwrap()), (os, arch));
    }
}

/// What a program of the image for this architecture prints. qemu takes the libraries from the same image.
fn output(trees: &TempDir, arch: &str, program: &str, arguments: &[&str]) -> String {
    let root = Utf8Path::from_path(trees.path()).unwrap().join(format!("linux_{arch}"));
    let program = root.join(program);
    let mut command = Command::new(if arch == "amd64" { program.as_str() } else { "qemu-aarch64-static" });
    if arch == "arm64" {
        let home = format!("PYTHONHOME={root}/usr");
        command.args(["-L", root.as_str(), "-E", &home, program.as_str()]);
    }
    run(command.args(arguments).current_dir(root)).succeeded().stdout
}

/// What the entry point of the image for this machine prints, in a container.
fn backend_output(name: &str) -> String {
    docker(&["run", "--rm", "--network=none", &format!("{}:1.0.0", repository(&format!("adopted-{name}")))])
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_that_downloads_its_binaries_is_pushed() {
    let publisher = Publisher::of_kubectl("1.33.0");
    let sandbox = Sandbox::adopted("downloads");
    sandbox.edit("extension.toml", "https://dl.k8s.io/release", &format!("http://{}", publisher.address));
    xtask(&sandbox, &["prebuilt", "update"]).succeeded();
    let trees = push(&sandbox, "downloads");
    assert_native(&trees, "", "kubectl");
    let shipped = fs_err::read(trees.path().join("linux_arm64/darwin/kubectl")).unwrap();
    assert!(shipped == publisher.get(&path("1.33.0", "darwin", "arm64")));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_with_a_program_in_go_is_pushed() {
    let sandbox = Sandbox::adopted("go");
    let trees = push(&sandbox, "go");
    assert_native(&trees, "", "tool");
    for arch in ARCHS {
        assert_eq!(output(&trees, arch, "linux/tool", &[]), format!("built for linux {arch}\n"));
    }
    let done = xtask(&sandbox, &["dist"]).succeeded().stderr;
    assert_eq!(done.matches("Fresh tool by").count(), 6, "{done}");
    sandbox.edit("main.go", "built for", "now built for");
    let done = xtask(&sandbox, &["dist"]).succeeded().stderr;
    assert_eq!(done.matches("Built tool in").count(), 6, "{done}");
    let shipped = sandbox.dist_folder().join("stage/amd64/linux/tool");
    assert_eq!(run(&mut Command::new(shipped)).succeeded().stdout, "now built for linux amd64\n");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_with_scripts_only_is_pushed() {
    let trees = push(&Sandbox::adopted("scripts"), "scripts");
    for arch in ARCHS {
        for (path, from) in
            [("darwin/run.sh", "run.sh"), ("linux/run.sh", "run.sh"), ("windows/run.cmd", "run.cmd")]
        {
            let path = trees.path().join(format!("linux_{arch}/{path}"));
            let mode = std::os::unix::fs::MetadataExt::mode(&fs_err::metadata(&path).unwrap());
            assert_eq!(mode & 0o777, 0o755, "{from}");
            let original = Utf8Path::new(crate::sandbox::FIXTURES).join("adopted/scripts/host").join(from);
            assert_eq!(fs_err::read(path).unwrap(), fs_err::read(original).unwrap(), "{from}");
        }
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_whose_backend_is_compiled_in_the_dockerfile_is_pushed() {
    let golang = bases::golang();
    let sandbox = Sandbox::adopted("go-backend");
    sandbox.edit("Dockerfile", "golang:1.24", &golang);
    let trees = push(&sandbox, "go-backend");
    assert_native(&trees, "host/", "tool");
    assert_eq!(backend_output("go-backend"), "built for linux amd64\n");
    assert_eq!(output(&trees, "arm64", "backend", &[]), "built for linux arm64\n");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_extension_with_a_backend_in_python_is_pushed() {
    let sandbox = Sandbox::adopted("python-backend");
    sandbox.edit("Dockerfile", "python:3.13-slim", bases::python());
    let trees = push(&sandbox, "python-backend");
    assert_eq!(backend_output("python-backend"), "running on x86_64\n");
    let printed = output(&trees, "arm64", "usr/bin/python3", &["app/main.py"]);
    assert_eq!(printed, "running on aarch64\n");
}
