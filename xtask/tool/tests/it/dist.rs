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

/// A project whose binary is made of code that its build script generates, and of a package outside the workspace.
fn with_generated_and_outside_code() -> Project {
    let project = Project::new();
    let made = "std::fs::write(format!(\"{}/made.rs\", std::env::var(\"OUT_DIR\").unwrap()), \"pub fn first(v: &[u8]) -> u8 { *v.iter().next().unwrap() }\").unwrap();";
    let root = "inner/";
    for file in ["Cargo.toml", "metadata.json", "Dockerfile", "icon.svg"] {
        project.write(&format!("{root}{file}"), &String::from_utf8(project.read(file)).unwrap());
    }
    let manifest = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    project.write(
        "inner/tool/Cargo.toml",
        &format!("{manifest}[dependencies]\ndep = {{ path = \"../../dep\" }}\n"),
    );
    project.write("inner/tool/build.rs", &format!("fn main() {{ {made} }}"));
    project.write(
        "inner/tool/src/main.rs",
        "include!(concat!(env!(\"OUT_DIR\"), \"/made.rs\"));\nfn main() { println!(\"{} {}\", first(b\"x\"), dep::last(b\"y\")) }\n",
    );
    project.write("dep/Cargo.toml", "[package]\nname = \"dep\"\nversion = \"1.0.0\"\nedition = \"2024\"\n");
    project.write("dep/src/lib.rs", "pub fn last(v: &[u8]) -> u8 { *v.iter().last().unwrap() }\n");
    project
}

#[test]
fn generated_and_outside_code_gives_the_same_bytes_in_any_folder() {
    let archives = [with_generated_and_outside_code(), with_generated_and_outside_code()].map(|project| {
        let inner = project.path("inner");
        project
            .run_with(&["dist"], |command| {
                command.current_dir(&inner);
            })
            .succeeded();
        let binary = project.read("inner/target/dist/stage/amd64/linux/tool");
        let root = project.path("").to_string();
        assert!(
            !binary.windows(root.len()).any(|window| window == root.as_bytes()),
            "{root} is in the binary"
        );
        project.read(&format!("inner/{ARCHIVE}"))
    });
    assert!(archives[0] == archives[1], "the archives of two folders differ");
}

#[test]
fn the_features_that_a_bin_requires_are_enabled() {
    let project = Project::new();
    let manifest = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    let bin = "[[bin]]\nname = \"tool\"\npath = \"src/main.rs\"\nrequired-features = [\"cli\"]\n";
    project.write("tool/Cargo.toml", &format!("{manifest}[features]\ncli = []\n{bin}"));
    project.run(&["dist"]).succeeded();
}

#[test]
fn the_features_in_the_configuration_are_enabled() {
    let project = Project::new();
    let manifest = String::from_utf8(project.read("tool/Cargo.toml")).unwrap();
    project.write("tool/Cargo.toml", &format!("{manifest}[features]\ncli = []\n"));
    project.write(
        "tool/src/main.rs",
        "#[cfg(not(feature = \"cli\"))]\ncompile_error!(\"no cli\");\nfn main() {}\n",
    );
    project.run(&["dist"]).failed(1, &["no cli"]);
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"linux\"]\nfeatures = [\"cli\"]");
    project.run(&["dist"]).succeeded();

    project.edit("Cargo.toml", "[\"cli\"]", "[\"gui\"]");
    let words = ["the package tool has no feature named gui", "line 19"];
    project.run(&["plan"]).failed(1, &words);
    let ran = project.run(&["check"]);
    assert!(ran.stdout.contains("the package tool has no feature named gui"), "{}", ran.stdout);
}

#[test]
fn a_relative_target_directory_is_one_directory() {
    let project = Project::new();
    let tool = project.path("tool");
    let dist = |command: &mut std::process::Command| {
        command.current_dir(&tool).env("CARGO_TARGET_DIR", "out");
    };
    project.run_with(&["dist"], dist).succeeded();
    assert!(project.path("tool/out/dist").is_dir() && project.path("tool/out/release").is_dir());
    assert!(!project.path("out").exists());
}

#[test]
fn a_cache_folder_that_cannot_be_written_is_an_error_with_advice() {
    let project = Project::new();
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "hosts = [\"darwin\"]");
    project.edit("metadata.json", r#""darwin": []"#, r#""darwin": [{"path": "/darwin/tool"}]"#);
    project.edit("metadata.json", r#""linux": [{"path": "/linux/tool"}]"#, r#""linux": []"#);
    project.write("file", "");
    let cache = project.path("file/cache");
    let ran = project.run_with(&["dist"], |command| {
        command.env("SIXFOLD_CACHE", &cache);
    });
    ran.failed(
        1,
        &["cannot write to the cache folder", "help: let the tool write there, or set SIXFOLD_CACHE"],
    );
}

#[test]
fn a_path_of_the_builder_is_not_shipped() {
    let project = Project::new();
    project.write("tool/build.rs", "fn main() {}");
    project.write("tool/src/main.rs", "fn main() { println!(env!(\"OUT_DIR\")) }\n");
    project
        .run(&["dist"])
        .failed(1, &["/linux/tool contains", "(crate tool)", "help: find out what writes the path"]);
    assert!(!project.path(ARCHIVE).exists());
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
        project.run(&["dist"]).failed(1, &[name, "let the build of the UI choose another name"]);
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
    wait_until("waiting", || std::fs::read_to_string(&log).unwrap().contains("Waiting for another run"));
    (run, log)
}

#[test]
#[cfg(unix)]
fn no_step_is_silent_for_more_than_ten_seconds() {
    let project = Project::with_ui_built_by("sleep 10; mkdir -p build; cp build.sh build");
    let wait = "fn main() { std::thread::sleep(std::time::Duration::from_secs(11)); }";
    project.write("tool/build.rs", wait);
    let stderr = project.run(&["dist"]).succeeded().stderr;
    assert!(stderr.contains("Waiting for sh to build the UI: 9.0 s so far"), "{stderr}");
    assert!(stderr.contains("Waiting for cargo, which has finished 1/"), "{stderr}");
    assert!(stderr.contains(" and is compiling tool"), "{stderr}");
}

#[test]
fn locked_fails_if_the_lock_file_is_not_as_it_was_committed() {
    let project = Project::new();
    project.run(&["dist"]).succeeded();
    project.run(&["dist", "--locked"]).succeeded();
    for args in [&["init", "--quiet"][..], &["add", "Cargo.lock"], &["commit", "--quiet", "-m", "1"]] {
        let mut git = std::process::Command::new("git");
        git.args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"]).args(args);
        assert!(git.current_dir(project.path("")).output().unwrap().status.success(), "{args:?}");
    }
    project.run(&["dist", "--locked"]).succeeded();
    project.edit("Cargo.lock", "# It is not intended", "# It is really not intended");
    let words = ["Cargo.lock differs from the committed one", "help: commit it; with `cargo --locked xtask"];
    project.run(&["dist", "--locked"]).failed(1, &words);
    project.run(&["dist"]).succeeded();
}
