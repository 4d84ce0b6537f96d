//! `cargo xtask check`, on a Rust project and on a folder without one.

use crate::project::Project;

/// Labels that the small project lacks. With them, `check` finds no problems.
const LABELS: &str = r#"title = "Tool"
icon = "https://tool.example/icon.svg"
publisher-url = "https://tool.example"
detailed-description = "<p>It does it.</p>"
categories = ["utility-tools"]
changelog = "first"
screenshots = [{ alt = "it", url = "https://tool.example/a.png" }]
"#;

fn valid() -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "title = \"Tool\"\n", LABELS);
    let files = r#"{"icon": "icon.svg", "host": {"binaries": [{"darwin": [{"path": "/darwin/tool"}], "windows": [{"path": "/windows/tool.exe"}], "linux": [{"path": "/linux/tool"}]}]}}"#;
    project.write("metadata.json", files);
    let description = "description = \"Does it\"\n";
    let all = format!("{description}license = \"MIT\"\nrepository = \"https://example.org/tool\"\n");
    project.edit("Cargo.toml", description, &all);
    project.edit("Cargo.toml", "hosts = [\"linux\"]", "");
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]", "");
    project
}

#[test]
fn a_valid_project_has_no_problems_and_check_builds_nothing() {
    let project = valid();
    let ran = project.run(&["check"]).succeeded();
    assert_eq!(ran.stdout, "No problems found.\n");
    assert!(!project.path("target").exists() && !project.path("Cargo.lock").exists());
}

#[test]
fn problems_in_the_configuration_have_line_and_column() {
    let project = valid();
    project.edit("Cargo.toml", "title = ", "titel = ");
    let ran = project.run(&["check"]).failed(1, &[]);
    assert!(ran.stdout.contains("error[config-invalid]\n  Cargo.toml:17:1\n"), "{}", ran.stdout);
    let project = valid();
    project.edit("Cargo.toml", "binaries.tool]", "binaries.tol]");
    let ran = project.run(&["check", "--format", "json"]).failed(1, &[]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    let codes: Vec<_> = json["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["code"].as_str().unwrap())
        .collect();
    assert!(codes.contains(&"binary-unknown") && codes.contains(&"binary-not-built"), "{codes:?}");
}

#[test]
fn a_version_missing_from_the_changelog_is_one_problem() {
    let project = valid();
    project.edit("Cargo.toml", "changelog = \"first\"", "changelog = { file = \"CHANGELOG.md\" }");
    project.write("CHANGELOG.md", "# Changelog\n\n## 1.2.2\n\n- all\n");
    let ran = project.run(&["check"]).failed(1, &[]);
    assert!(ran.stdout.starts_with("error[label-source]\n  Cargo.toml:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("add a heading `## 1.2.3`"), "{}", ran.stdout);
    assert!(ran.stdout.ends_with("1 problem found.\n"), "{}", ran.stdout);
}

#[test]
fn fix_makes_metadata_list_the_built_binaries_and_prints_a_diff() {
    let project = valid();
    let wanted = project.read("metadata.json");
    project.edit("metadata.json", r#", "windows": [{"path": "/windows/tool.exe"}]"#, "");
    project.edit("metadata.json", "/linux/tool", "/linux/tol");
    project.run(&["check"]).failed(1, &[]);
    let ran = project.run(&["check", "--fix"]).succeeded();
    assert!(ran.stderr.contains("--- metadata.json") && ran.stderr.contains("/linux/tol"), "{}", ran.stderr);
    let json = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
    assert_eq!(json(&project.read("metadata.json")), json(&wanted));
    let ran = project.run(&["check", "--fix"]).succeeded();
    assert_eq!(ran.stderr, "");
}

#[test]
fn a_folder_outside_the_project_is_checked_by_itself() {
    let project = Project::new();
    project.write("theirs/metadata.json", r#"{"name": "x", "host": {"binaries": []}}"#);
    let ran = project.run(&["check", "theirs"]).failed(1, &[]);
    assert!(ran.stdout.contains("theirs") || ran.stdout.contains("metadata.json:1:2"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("Cargo.toml:"), "{}", ran.stdout);
    project.write("empty/x", "");
    project.run(&["check", "empty"]).failed(1, &["neither metadata.json nor a Dockerfile"]);
    project.run(&["check", "--nonsense"]).failed(2, &["--nonsense"]);
}

#[test]
fn this_repository_has_no_findings() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let output = crate::project::tool().args(["check", root]).output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(shown, "No problems found.\n");
}

#[test]
fn a_page_that_opens_nothing_or_calls_a_program_that_no_host_gets_is_found() {
    let project = valid();
    project.edit("metadata.json", "\"host\"", "\"ui\": {\"dashboard-tab\": {\"title\": \"T\", \"root\": \"/ui\", \"src\": \"page.html\"}}, \"host\"");
    project.edit("Cargo.toml", "[workspace.metadata.extension.labels]", "[workspace.metadata.extension.ui]\ndir = \"ui\"\noutput = \".\"\n\n[workspace.metadata.extension.labels]");
    project.edit("Dockerfile", "COPY", "COPY common/ui /ui\nCOPY");
    project.write("ui/page.html", "<script>client.extension.host.cli.exec('tool', [])</script>");
    assert_eq!(project.run(&["check"]).succeeded().stdout, "No problems found.\n");
    project.edit("ui/page.html", "'tool'", "'tol'");
    let ran = project.run(&["check"]).failed(1, &[]);
    let call = "warning[call-not-listed]\n  ui/page.html:1:26\n    calls `tol`, which metadata.json lists for no host";
    assert!(ran.stdout.contains(call), "{}", ran.stdout);
    project.edit("metadata.json", "page.html", "index.html");
    let ran = project.run(&["check"]).failed(1, &[]);
    assert!(
        ran.stdout.contains("error[ui-missing]") && ran.stdout.contains("the UI in `ui` has no index.html"),
        "{}",
        ran.stdout
    );
    // The output of a build is judged by the sources until it is there.
    project.edit("Cargo.toml", "output = \".\"", "output = \"out\"\nbuild = \"true\"");
    assert!(!project.run(&["check"]).failed(1, &[]).stdout.contains("ui-missing"));
    project.write("ui/out/other.html", "");
    assert!(project.run(&["check"]).failed(1, &[]).stdout.contains("warning[ui-missing]"));
    project.write("ui/public/index.html", "");
    assert!(!project.run(&["check"]).failed(1, &[]).stdout.contains("ui-missing"));
}

#[test]
fn a_byte_order_mark_is_found_and_removed() {
    let project = valid();
    let wanted = project.read("metadata.json");
    project.write("metadata.json", &format!("\u{feff}{}", String::from_utf8(wanted.clone()).unwrap()));
    let ran = project.run(&["check"]).failed(1, &[]);
    assert!(
        ran.stdout.contains("metadata.json:1:1") && ran.stdout.contains("byte order mark"),
        "{}",
        ran.stdout
    );
    project.run(&["plan"]).failed(1, &["metadata.json"]);
    project.run(&["check", "--fix"]).succeeded();
    assert_eq!(project.read("metadata.json"), wanted);
    project.run(&["plan"]).succeeded();
}

#[test]
fn what_plan_rejects_is_found() {
    let project = valid();
    project.run(&["check"]).succeeded();
    project.write(".cargo/config.toml", "[build]\nrustflags = [\"-Clink-arg=-fuse-ld=mold\"]\n");
    project.run(&["plan"]).failed(1, &["-fuse-ld=mold"]);
    let ran = project.run(&["check"]).failed(1, &[]);
    let words = [
        "error[plan-rejected]",
        "the flag `-Clink-arg=-fuse-ld=mold`, set by .cargo/config.toml",
        "remove it",
    ];
    assert!(words.iter().all(|word| ran.stdout.contains(word)), "{}", ran.stdout);
}

#[test]
fn a_dockerfile_and_metadata_elsewhere_are_named_by_flags() {
    let project = Project::new();
    let download = "FROM alpine\nRUN curl -o /linux/tool https://x.example/linux/amd64/tool\nCOPY --from=etc /metadata.json .\n";
    project.write("theirs/docker/Dockerfile.release", download);
    project.write(
        "theirs/etc/metadata.json",
        r#"{"vm": {"image": "x"}, "host": {"binaries": [{"darwin": [], "windows": [], "linux": [{"path": "/linux/tool"}]}]}}"#,
    );
    project.run(&["check", "theirs"]).failed(1, &["check --file", "Dockerfile.release"]);
    let file = ["check", "theirs", "--file", "theirs/docker/Dockerfile.release"];
    let ran = project.run(&file).failed(1, &[]);
    assert!(
        ran.stdout.contains("note[metadata-missing]") && ran.stdout.contains("--build-context"),
        "{}",
        ran.stdout
    );
    let ran = project.run(&[&file[..], &["--build-context", "etc=theirs/etc"]].concat()).failed(1, &[]);
    assert!(ran.stdout.contains("error[arch-fixed]\n  docker/Dockerfile.release:2:"), "{}", ran.stdout);
    assert!(ran.stdout.contains("  etc/metadata.json:1:"), "{}", ran.stdout);
    project.run(&["check", "--build-context", "etc"]).failed(2, &["NAME=FOLDER"]);
    project.run(&["check", "--file", "no/Dockerfile"]).failed(1, &["no/Dockerfile does not exist", "help: "]);
}

#[test]
fn fix_keeps_entries_that_the_project_or_the_dockerfile_provides() {
    let project = valid();
    let entry = |path: &str| format!(r#"{{"path": "{path}"}}, {{"path": "/linux/tool"}}"#);
    let all = format!(
        "{}, {}, {}",
        r#"{"path": "/host/run-it"}"#,
        r#"{"path": "/dl/kubectl"}"#,
        entry("/linux/typo")
    );
    project.edit("metadata.json", r#"{"path": "/linux/tool"}"#, &all);
    project.write("host/run-it", "#!/bin/sh\n");
    project.write("Dockerfile", "FROM alpine\nARG TARGETARCH\nCOPY host/ /host/\nRUN curl -o /dl/kubectl https://x.example/$TARGETARCH\nCOPY common/ ${TARGETARCH}/ /\n");
    project.run(&["check", "--fix"]).failed(1, &[]);
    let metadata = String::from_utf8(project.read("metadata.json")).unwrap();
    assert!(metadata.contains("/host/run-it") && metadata.contains("/dl/kubectl"), "{metadata}");
    assert!(metadata.contains("/linux/tool") && !metadata.contains("/linux/typo"), "{metadata}");
}

#[test]
fn a_dockerfile_that_copies_from_the_project_cannot_find_that_in_the_stage() {
    let project = valid();
    project.write("backend/main.py", "");
    project.write("Dockerfile", "FROM python\nCOPY metadata.json icon.svg /\nCOPY backend/ /backend/\n");
    let ran = project.run(&["check", "--format", "json"]).failed(1, &[]);
    for path in ["metadata.json", "icon.svg", "backend"] {
        assert!(
            ran.stdout.contains(&format!("copies `{path}`, which is not in the build context")),
            "{}",
            ran.stdout
        );
    }
    assert!(ran.stdout.contains("copy from common/ or ${TARGETARCH}/"), "{}", ran.stdout);
}
