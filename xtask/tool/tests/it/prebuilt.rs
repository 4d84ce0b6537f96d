//! Prebuilt binaries: what the plan shows, and what is an error before anything is downloaded.

use std::fmt::Write as _;
use std::fs::File;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use crate::project::{Project, Ran};

const CELLS: [&str; 6] =
    ["darwin-amd64", "darwin-arm64", "windows-amd64", "windows-arm64", "linux-amd64", "linux-arm64"];

/// The binary `tool` for Linux, and a prebuilt kubectl with invented digests.
fn with_kubectl(rest: &str, without_digest: &[&str]) -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    let mut table = format!(
        "\n[workspace.metadata.extension.binaries.kubectl]\nversion = \"1.33.0\"\n\
         url = \"https://me:secret@dl.example/v{{version}}/bin/{{os}}/{{arch}}/kubectl{{exe}}?token=secret\"\n{rest}\n"
    );
    for (number, cell) in CELLS.iter().enumerate().filter(|(_, cell)| !without_digest.contains(cell)) {
        let _ = writeln!(table, "sha256.{cell} = \"{}\"", number.to_string().repeat(64));
    }
    let config = String::from_utf8(project.read("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &(config + &table));
    project.write(
        "metadata.json",
        r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [{"path": "/darwin/kubectl"}], "windows": [{"path": "/windows/kubectl.exe"}], "linux": [{"path": "/linux/tool"}, {"path": "/linux/kubectl"}]}]}}"#,
    );
    project
}

/// Runs the tool with a cache folder in the project.
fn run(project: &Project, args: &[&str]) -> Ran {
    project.run_with(args, |command| {
        command.env("SIXFOLD_CACHE", project.path("cache"));
    })
}

fn without_rustc(text: &str) -> String {
    let output = std::process::Command::new("rustc").arg("--version").output().unwrap().stdout;
    let version = String::from_utf8(output).unwrap();
    text.replace(version.split(' ').nth(1).unwrap(), "[rustc]")
}

#[test]
fn the_plan_shows_the_source_of_each_binary() {
    let project = with_kubectl(
        "emulate = [\"windows-arm64\"]\nskip = [\"darwin-amd64\"]",
        &["windows-arm64", "darwin-amd64"],
    );
    let cached = project.path("cache/prebuilt/sha256").join("4".repeat(64));
    project.write("cache/prebuilt/sha256/x", "");
    std::fs::write(cached, "").unwrap();
    insta::assert_snapshot!(without_rustc(&run(&project, &["plan"]).succeeded().stdout));
}

#[test]
fn json_distinguishes_prebuilt_and_compiled_cells() {
    let project = with_kubectl("emulate = [\"windows-arm64\"]", &["windows-arm64"]);
    let plan: Value =
        serde_json::from_str(&run(&project, &["plan", "--format", "json"]).succeeded().stdout).unwrap();
    let cells = plan["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 8);
    let emulated = json!({
        "binary": "kubectl", "os": "windows", "arch": "arm64", "platform": "linux/arm64",
        "target": "aarch64-pc-windows-gnullvm", "linker": "native", "path": "/windows/kubectl.exe",
        "source": "prebuilt", "emulated": true,
    });
    assert_eq!(cells[3], emulated);
    let targets: Vec<_> =
        plan["targets"].as_array().unwrap().iter().map(|linked| &linked["target"]).collect();
    assert_eq!(
        targets,
        ["x86_64-unknown-linux-musl", "aarch64-unknown-linux-musl"],
        "kubectl is not compiled"
    );
    let download = json!({
        "binary": "kubectl", "version": "1.33.0", "cell": "darwin-amd64", "cached": false,
        "url": "https://dl.example/v1.33.0/bin/darwin/amd64/kubectl?…", "sha256": format!("sha256:{}", "0".repeat(64)),
    });
    assert_eq!(plan["downloads"][0], download);
    assert_eq!(plan["downloads"].as_array().unwrap().len(), 5, "the amd64 binary is downloaded once");
    assert!(!plan.to_string().contains("secret"), "{plan}");
}

#[test]
fn a_project_can_have_only_prebuilt_binaries() {
    let project = with_kubectl("", &[]);
    project.edit("Cargo.toml", "[workspace.metadata.extension.binaries.tool]\nhosts = [\"linux\"]\n", "");
    project.edit("metadata.json", "{\"path\": \"/linux/tool\"}, ", "");
    let plan: Value =
        serde_json::from_str(&run(&project, &["plan", "--format", "json"]).succeeded().stdout).unwrap();
    for key in ["zig", "compile"] {
        assert_eq!(plan[key], Value::Null, "{key}");
    }
    assert_eq!((&plan["targets"], &plan["missing_targets"]), (&json!([]), &json!([])));
    let text = run(&project, &["plan"]).succeeded().stdout;
    assert!(!text.contains("Linkers") && !text.contains("compile: "), "{text}");
}

#[test]
fn a_missing_digest_is_an_error_that_names_the_update_command() {
    let project = with_kubectl("", &["linux-arm64", "darwin-amd64"]);
    let expected =
        ["kubectl has no sha256 for darwin-amd64, linux-arm64", "cargo xtask prebuilt update kubectl"];
    run(&project, &["plan"]).failed(1, &expected);
    run(&project, &["dist"]).failed(1, &expected);
    // A cell that is not built needs no digest.
    project.edit("Cargo.toml", "sha256.darwin-arm64", "sha256.darwin-amd64");
    run(&project, &["plan", "--platform", "linux/amd64"]).succeeded();
}

#[test]
fn a_cell_without_url_is_an_error_that_lists_the_options() {
    let project = with_kubectl("", &CELLS);
    project.edit("Cargo.toml", "url = ", "url.linux = ");
    let ways = ["kubectl has no address for darwin-amd64, darwin-arm64", "`url`", "`emulate`", "`skip`"];
    run(&project, &["plan"]).failed(1, &ways);
}

#[test]
fn metadata_must_not_list_binaries_of_skipped_hosts() {
    let without = ["darwin-amd64", "darwin-arm64"];
    let project = with_kubectl("skip = [\"darwin-amd64\", \"darwin-arm64\"]", &without);
    run(&project, &["plan"]).failed(1, &["- /darwin/kubectl  (darwin) is listed in line 1, but not built"]);
    project.edit("metadata.json", "{\"path\": \"/darwin/kubectl\"}", "");
    run(&project, &["plan"]).succeeded();
    // If only one of the two is skipped, it is listed for every requested platform.
    let project = with_kubectl("skip = [\"darwin-amd64\"]", &["darwin-amd64"]);
    for platform in ["linux/amd64", "linux/arm64"] {
        run(&project, &["plan", "--platform", platform]).succeeded();
    }
}

/// A project whose kubectl for linux/amd64 is in the cache: a copy of the project's own binary.
fn with_cached_kubectl() -> Project {
    let project = Project::new();
    project.run(&["dist"]).succeeded();
    let program = project.read("target/dist/stage/amd64/linux/tool");
    let digest = sixfold_model::digest::Digest::of(&program);
    project.write("cache/prebuilt/sha256/x", "");
    std::fs::write(project.path("cache/prebuilt/sha256").join(digest.hex()), &program).unwrap();
    let table = format!(
        "\n[workspace.metadata.extension.binaries.kubectl]\nurl = \"https://dl.invalid/kubectl\"\nhosts = [\"linux\"]\n\
         sha256.linux-amd64 = \"{}\"\nfiles = [{{ path = \"scripts/start.sh\" }}]\n",
        digest.hex()
    );
    let config = String::from_utf8(project.read("Cargo.toml")).unwrap();
    project.write("Cargo.toml", &(config + &table));
    project.edit(
        "metadata.json",
        "{\"path\": \"/linux/tool\"}",
        "{\"path\": \"/linux/tool\"}, {\"path\": \"/linux/kubectl\"}, {\"path\": \"/linux/start.sh\"}",
    );
    project.write("scripts/start.sh", "#!/bin/sh\nexec \"$(dirname \"$0\")/kubectl\" \"$@\"\n");
    project
}

#[test]
fn a_cached_binary_is_staged_and_verified_offline() {
    let project = with_cached_kubectl();
    let kept = project.path("cache/prebuilt/sha256");
    let kept = std::fs::read_dir(kept).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.max_by_key(|path| path.metadata().unwrap().len()).unwrap();
    let old = SystemTime::UNIX_EPOCH;
    File::options().append(true).open(&kept).unwrap().set_modified(old).unwrap();
    let ran = run(&project, &["dist", "--offline"]).succeeded();
    let since = kept.metadata().unwrap().modified().unwrap().elapsed().unwrap();
    assert!(since < Duration::from_secs(60 * 60), "a file in use must not be deleted as unused");
    let stage = "target/dist/stage/amd64/linux";
    assert!(project.read(&format!("{stage}/kubectl")) == project.read(&format!("{stage}/tool")));
    assert!(project.read(&format!("{stage}/start.sh")).starts_with(b"#!/bin/sh"));
    assert!(ran.stderr.contains("Fetched 1 prebuilt binary"), "{}", ran.stderr);
    let report: Value = serde_json::from_slice(&project.read("target/dist/report.json")).unwrap();
    let cell = |index: usize, key: &str| report["cells"][index][key].as_str().unwrap().to_owned();
    assert_eq!((cell(0, "source"), cell(0, "verdict")), ("prebuilt".into(), "native".into()));
    assert_eq!((cell(1, "path"), cell(1, "verdict")), ("/linux/start.sh".into(), "script".into()));
    assert_eq!((cell(2, "source"), cell(2, "verdict")), ("cargo".into(), "native".into()));

    // Binaries that are staged already do not even need the cache.
    std::fs::remove_dir_all(project.path("cache")).unwrap();
    let ran = run(&project, &["dist", "--offline"]).succeeded();
    assert!(ran.stderr.contains("Fresh 1 prebuilt binary"), "{}", ran.stderr);
    project.write("target/dist/prebuilt/kubectl/linux-amd64/kubectl", "changed");
    run(&project, &["dist", "--offline"]).failed(
        1,
        &["prebuilt binaries are missing in the cache", "kubectl linux-amd64: https://dl.invalid/kubectl"],
    );
}

#[test]
fn files_next_to_a_prebuilt_binary_are_verified() {
    let project = with_cached_kubectl();
    project.write("scripts/start.sh", "");
    run(&project, &["dist", "--offline"])
        .failed(1, &["/linux/start.sh in linux/amd64: kubectl is ", "[wrong-format]"]);
    std::fs::remove_file(project.path("scripts/start.sh")).unwrap();
    run(&project, &["dist", "--offline"]).failed(1, &["scripts/start.sh"]);
}

#[test]
fn metadata_of_each_platform_lists_the_binaries_of_its_hosts() {
    let project = with_cached_kubectl();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    project.edit(
        "Cargo.toml",
        "hosts = [\"linux\"]\nsha256",
        "hosts = [\"linux\"]\nskip = [\"linux-arm64\"]\nsha256",
    );
    let dockerfile =
        "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/linux /linux\n";
    project.write("Dockerfile", dockerfile);
    let words = ["/linux/kubectl in linux/arm64: metadata.json lists it", "${TARGETARCH}/metadata.json"];
    run(&project, &["dist", "--offline"]).failed(1, &words);
    project.edit("Dockerfile", "/linux\n", "/linux\nCOPY ${TARGETARCH}/metadata.json /\n");
    let ran = run(&project, &["dist", "--offline"]).succeeded();
    assert!(ran.stderr.contains("kubectl is skipped for linux-arm64"), "{}", ran.stderr);
    assert!(!ran.stderr.contains("metadata-differs"), "a note about an intended difference: {}", ran.stderr);
    let listed = |arch: &str| {
        let text = project.read(&format!("target/dist/stage/{arch}/metadata.json"));
        String::from_utf8(text).unwrap().matches("kubectl").count()
    };
    assert_eq!((listed("amd64"), listed("arm64")), (1, 0));
    assert_eq!(project.read("target/dist/stage/amd64/metadata.json"), project.read("metadata.json"));
}

#[test]
fn the_list_shows_cached_and_missing_binaries() {
    let excuses = "emulate = [\"windows-arm64\"]\nskip = [\"darwin-amd64\"]";
    let project = with_kubectl(excuses, &["windows-arm64", "darwin-amd64", "linux-arm64"]);
    project.write(&format!("cache/prebuilt/sha256/{}", "4".repeat(64)), &"x".repeat(2345));
    let ran = run(&project, &["prebuilt", "list"]).succeeded();
    insta::assert_snapshot!(ran.stdout);
    assert!(
        ran.stderr.contains("kubectl has no sha256 for linux-arm64\nhelp: run `cargo xtask"),
        "{}",
        ran.stderr
    );
    let none = run(&Project::new(), &["prebuilt", "list"]).succeeded();
    assert!(none.stdout.is_empty() && none.stderr.contains("docs/prebuilt.md"), "{}", none.stderr);
    run(&project, &["prebuilt", "update", "--version", "1.34.0"]).failed(2, &["<NAME>"]);
    run(&project, &["prebuilt", "update", "kubectl", "--version", "../1"])
        .failed(2, &["cannot be used in an address"]);
}

#[test]
fn an_update_of_an_unknown_binary_fails_before_the_downloader_is_built() {
    let ran = run(&Project::new(), &["prebuilt", "update"]);
    ran.failed(1, &["no prebuilt binary is configured"]);
    let project = with_kubectl("", &[]);
    let ran = run(&project, &["prebuilt", "update", "helm"]);
    let ran = ran.failed(1, &["this project has no prebuilt binary helm\nhelp: use one of: kubectl"]);
    assert!(!ran.stderr.contains("Compiling"), "{}", ran.stderr);
}
