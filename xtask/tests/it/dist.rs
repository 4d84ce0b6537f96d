//! `dist` on a program for linux: quick, since it needs no zig, and real.

use std::process::{Child, Stdio};

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::project::{Project, wait_until};

const ARCHIVE: &str = "target/dist/tool-1.2.3.oci.tar";

#[test]
fn an_archive_is_written_and_reported() {
    let project = Project::with_page();
    let ran = project.run(&["dist"]).succeeded();
    assert_eq!(ran.stdout.trim(), format!("[project]/{ARCHIVE}"), "only the path is on stdout");
    let report: Value = serde_json::from_slice(&project.read("target/dist/report.json")).unwrap();
    assert_eq!(report["cells"][0]["path"], "/linux/tool");
    assert_eq!(report["archive_size"], project.read(ARCHIVE).len());
    assert!(report["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(project.path("target/dist/stage/common/ui").read_dir_utf8().unwrap().next().is_some());
}

#[test]
fn the_same_sources_make_the_same_bytes_in_any_folder() {
    let archives = [Project::new(), Project::new()].map(|project| {
        project.run(&["dist"]).succeeded();
        project.read(ARCHIVE)
    });
    assert!(archives[0] == archives[1], "the archives of two folders differ");
}

#[test]
fn the_page_is_built_again_only_when_it_changed() {
    let project = Project::with_page();
    let built = |ran: crate::project::Ran| ran.stderr.contains("Built the page");
    assert!(built(project.run(&["dist"]).succeeded()));
    assert!(!built(project.run(&["dist"]).succeeded()));
    project.write("ui/page.rs", "pub const CHANGED: u8 = 1;");
    assert!(built(project.run(&["dist"]).succeeded()));
    std::fs::remove_dir_all(project.path("ui/build")).unwrap();
    assert!(built(project.run(&["dist"]).succeeded()), "a page that somebody removed");
}

#[test]
fn packages_that_npms_cache_lacks_are_asked_for_again() {
    let project = Project::with_page();
    project.edit(
        "Cargo.toml",
        "build = \"rustc ",
        "install = \"rustc --out-dir fetched fetch.rs\"\nbuild = \"rustc ",
    );
    // A registry's client that finds nothing in its cache.
    project.write(
        "ui/fetch.rs",
        "const _: () = assert!(option_env!(\"npm_config_prefer_offline\").is_none());\nfn main() {}\n",
    );
    project.run(&["dist"]).succeeded();
    assert!(project.path("ui/fetched").is_dir());
    project.write("ui/fetch.rs", "compile_error!(\"the registry is down\");\nfn main() {}\n");
    project.write("ui/package.json", "{}");
    project.run(&["dist"]).failed(1, &["cannot fetch the packages of the page", "the registry is down"]);
}

#[test]
fn cargo_may_be_told_another_target_folder() {
    let project = Project::new();
    project.write(".cargo/config.toml", "[build]\ntarget-dir = \"elsewhere\"\n");
    project.run(&["dist"]).succeeded();
    assert!(project.path("elsewhere/dist/tool-1.2.3.oci.tar").is_file());
    assert!(!project.path("target").exists());
}

#[test]
fn flags_of_the_author_are_handed_on() {
    let project = Project::new();
    project.write("tool/src/main.rs", "fn main() { if !cfg!(mine) { compile_error() } }\n#[cfg(not(mine))] compile_error!(\"no flag\");\nfn compile_error() {}\n");
    project.run(&["dist"]).failed(1, &["no flag"]);
    project
        .run_with(&["dist"], |command| {
            command.env("RUSTFLAGS", "--cfg mine");
        })
        .succeeded();
    project.write(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"mine\"]\n");
    project.run(&["dist"]).succeeded();
}

#[test]
fn a_run_that_waited_works_with_what_is_there_then() {
    let project = Project::new();
    project.write("target/dist/.lock", "");
    let other = std::fs::File::create(project.path("target/dist/.lock")).unwrap();
    other.lock().unwrap();
    let (mut waiting, said) = start_waiting(&project);
    project.edit("Cargo.toml", "version = \"1.2.3\"", "version = \"1.2.4\"");
    drop(other);
    assert!(waiting.wait().unwrap().success(), "{}", std::fs::read_to_string(&said).unwrap());
    assert!(project.path("target/dist/tool-1.2.4.oci.tar").is_file() && !project.path(ARCHIVE).exists());
}

#[test]
#[cfg(unix)]
fn a_run_that_waited_for_one_that_failed_makes_the_archive() {
    let project = Project::with_page();
    let page = "build = \"rustc --crate-type=lib --emit=metadata --out-dir build page.rs\"";
    project.edit("Cargo.toml", page, "build = \"sh build.sh\"");
    let script = "if [ -e begun ]; then mkdir build; exit; fi\ntouch begun\nuntil [ -e go ]; do sleep 0.05; done\nexit 1";
    project.write("ui/build.sh", script);
    let mut first = project.command(&["dist"]).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the first run", || project.path("ui/begun").exists());
    let (mut second, said) = start_waiting(&project);
    project.write("ui/go", "");
    assert_eq!(first.wait().unwrap().code(), Some(1));
    assert!(second.wait().unwrap().success(), "{}", std::fs::read_to_string(&said).unwrap());
    assert!(project.path(ARCHIVE).is_file());
}

/// Starts a run that has to wait for another, and the file of what it says.
fn start_waiting(project: &Project) -> (Child, Utf8PathBuf) {
    let said = project.path("said");
    let stderr = std::fs::File::create(&said).unwrap();
    let run = project.command(&["dist"]).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
    wait_until("waiting", || std::fs::read_to_string(&said).unwrap().contains("Waiting"));
    (run, said)
}
