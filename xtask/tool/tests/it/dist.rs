//! `dist` of a binary for Linux, which needs no zig.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::project::{Project, wait_until};

const ARCHIVE: &str = "target/dist/tool-1.2.3.oci.tar";

#[test]
fn an_archive_is_written_and_reported() {
    let project = Project::with_ui();
    let ran = project.run(&["dist"]).succeeded();
    assert_eq!(ran.stdout.trim(), format!("[project]/{ARCHIVE}"), "stdout must contain only the path");
    let report: Value = serde_json::from_slice(&project.read("target/dist/report.json")).unwrap();
    assert_eq!(report["cells"][0]["path"], "/linux/tool");
    assert_eq!(report["archive_size"], project.read(ARCHIVE).len());
    assert!(report["digest"].as_str().unwrap().starts_with("sha256:"));
    assert!(project.path("target/dist/stage/common/ui").read_dir_utf8().unwrap().next().is_some());
}

#[test]
fn metadata_that_is_edited_while_cargo_runs_ships_as_it_was_planned() {
    let project = Project::new();
    let planned = project.read("metadata.json");
    let edit = "fn main() { std::fs::write(\"../metadata.json\", \"edited\").unwrap(); }";
    project.write("tool/build.rs", edit);
    project.run(&["dist"]).succeeded();
    assert_eq!(project.read("metadata.json"), b"edited");
    for folder in ["common", "amd64"] {
        assert_eq!(project.read(&format!("target/dist/stage/{folder}/metadata.json")), planned, "{folder}");
    }
}

#[test]
fn the_same_sources_give_the_same_bytes_in_any_folder() {
    let archives = [Project::new(), Project::new()].map(|project| {
        project.run(&["dist"]).succeeded();
        project.read(ARCHIVE)
    });
    assert!(archives[0] == archives[1], "the archives of two folders differ");
}

/// The names of the archive's blobs: the compressed layers, and the JSON files.
fn blobs(project: &Project) -> (Vec<String>, Vec<String>) {
    let archive = project.read(ARCHIVE);
    let mut archive = tar::Archive::new(archive.as_slice());
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let mut start = Vec::new();
        entry.read_to_end(&mut start).unwrap();
        (entry.path().unwrap().to_str().unwrap().to_owned(), start.starts_with(&[0x1f, 0x8b]))
    });
    let named = entries.filter(|(name, _)| name.starts_with("blobs/sha256/") && !name.ends_with('/'));
    let (layers, others): (Vec<_>, Vec<_>) = named.partition(|(_, is_layer)| *is_layer);
    [layers, others].map(|blobs| blobs.into_iter().map(|(name, _)| name).collect()).into()
}

/// Runs git without the settings of the user, which may require signatures.
fn run_git(git: &mut Command) {
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let ran = git.env("GIT_CONFIG_GLOBAL", nowhere).env("GIT_CONFIG_SYSTEM", nowhere).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn a_commit_without_file_changes_makes_no_new_layer() {
    let project = Project::with_ui();
    let dist_at = |commit_time: &str| {
        let mut git = Command::new("git");
        git.args([
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.org",
            "commit",
            "--allow-empty",
            "-m",
            "x",
        ]);
        run_git(git.env("GIT_COMMITTER_DATE", commit_time).current_dir(project.path("")));
        project
            .run_with(&["dist"], |command| {
                command.env("SOURCE_DATE_EPOCH", "");
            })
            .succeeded();
        blobs(&project)
    };
    run_git(Command::new("git").arg("init").current_dir(project.path("")));
    let (first, second) = (dist_at("1700000000 +0000"), dist_at("1800000000 +0000"));
    assert_eq!(first.0, second.0, "the layers");
    assert_ne!(first.1, second.1, "the time of the image");
}

#[test]
fn an_invalid_image_time_is_an_error() {
    let project = Project::new();
    let ran = project.run_with(&["dist"], |command| {
        command.env("SOURCE_DATE_EPOCH", "99999999999999999");
    });
    ran.failed(1, &["SOURCE_DATE_EPOCH=99999999999999999", "seconds since 1970"]);
    project.assert_nothing_done();
}

#[test]
fn the_ui_is_rebuilt_only_after_a_change() {
    let project = Project::with_ui();
    let built = |ran: crate::project::Ran| ran.stderr.contains("Built the UI");
    assert!(built(project.run(&["dist"]).succeeded()));
    assert!(!built(project.run(&["dist"]).succeeded()));
    project.write("ui/page.rs", "pub const CHANGED: u8 = 1;");
    assert!(built(project.run(&["dist"]).succeeded()));
    std::fs::remove_dir_all(project.path("ui/build")).unwrap();
    assert!(built(project.run(&["dist"]).succeeded()), "the output was removed");
}

#[test]
fn ui_file_names_with_a_special_meaning_are_errors() {
    let names: &[&str] = if cfg!(windows) { &[".wh.b.js"] } else { &["a\\b.js", ".wh.b.js"] };
    for name in names {
        let project = Project::with_ui();
        project.write(&format!("ui/build/{name}"), "");
        project.run(&["dist"]).failed(1, &[name, "let the page's build call it otherwise"]);
        assert!(!project.path(ARCHIVE).exists());
    }
}

#[test]
#[cfg(unix)]
fn packages_missing_from_npms_cache_are_downloaded() {
    use crate::project::program;
    let project = Project::with_ui();
    project.edit("Cargo.toml", "build = \"rustc ", "install = \"npm ci\"\nbuild = \"rustc ");
    let tools = tempfile::tempdir().unwrap();
    let dist = |npm: &str| {
        program(tools.path(), "npm", &format!("#!/bin/sh\necho asked >> ../asked\n{npm}\n"));
        program(tools.path(), "node", "#!/bin/sh\n");
        let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
        project.run_with(&["dist"], |command| {
            command.env("PATH", path);
        })
    };
    dist("[ \"$npm_config_prefer_offline\" != true ]").succeeded();
    assert_eq!(project.read("asked"), b"asked\nasked\n");
    project.write("ui/package.json", "{}");
    let down = ["cannot install the packages of the UI", "the registry is down"];
    dist("echo the registry is down; exit 1").failed(1, &down);
    project.edit("Cargo.toml", "npm ci", "npm install");
    project.write("asked", "");
    dist("exit 1").failed(1, &down[..1]);
    assert_eq!(
        project.read("asked"),
        b"asked\n",
        "an installation that is not pinned uses the registry at once"
    );
}

#[test]
fn another_target_folder_is_respected() {
    let project = Project::new();
    project.write(".cargo/config.toml", "[build]\ntarget-dir = \"elsewhere\"\n");
    project.run(&["dist"]).succeeded();
    assert!(project.path("elsewhere/dist/tool-1.2.3.oci.tar").is_file());
    assert!(!project.path("target").exists());
}

#[test]
fn rustflags_of_the_author_reach_cargo() {
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
fn a_run_that_waited_reads_the_project_afterwards() {
    let project = Project::new();
    project.write("target/dist/.lock", "");
    let other = std::fs::File::create(project.path("target/dist/.lock")).unwrap();
    other.lock().unwrap();
    let (mut waiting, log) = start_waiting(&project);
    project.edit("Cargo.toml", "version = \"1.2.3\"", "version = \"1.2.4\"");
    drop(other);
    assert!(waiting.wait().unwrap().success(), "{}", std::fs::read_to_string(&log).unwrap());
    assert!(project.path("target/dist/tool-1.2.4.oci.tar").is_file() && !project.path(ARCHIVE).exists());
}

#[test]
#[cfg(unix)]
fn a_run_that_waited_for_a_failed_run_writes_the_archive() {
    let script = "if [ -e begun ]; then mkdir build; exit; fi\ntouch begun\nuntil [ -e go ]; do sleep 0.05; done\nexit 1";
    let project = Project::with_ui_built_by(script);
    let mut first = project.command(&["dist"]).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the first run", || project.path("ui/begun").exists());
    let (mut second, log) = start_waiting(&project);
    project.write("ui/go", "");
    assert_eq!(first.wait().unwrap().code(), Some(1));
    assert!(second.wait().unwrap().success(), "{}", std::fs::read_to_string(&log).unwrap());
    assert!(project.path(ARCHIVE).is_file());
}

/// Starts a run that waits for another one. Returns the file of its standard error.
fn start_waiting(project: &Project) -> (Child, Utf8PathBuf) {
    let log = project.path("log");
    let stderr = std::fs::File::create(&log).unwrap();
    let run = project.command(&["dist"]).stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
    wait_until("waiting", || std::fs::read_to_string(&log).unwrap().contains("Waiting"));
    (run, log)
}
