//! `inspect` on folders: output formats and exit codes. The rules themselves have unit tests.

use serde_json::Value;

use crate::project::Project;

const METADATA: &str = r#"{"icon": "icon.svg", "host": {"binaries": [{
    "darwin": [{"path": "/darwin/run.sh"}], "windows": [{"path": "/windows/run.cmd"}], "linux": [{"path": "/linux/run.sh"}]
}]}}"#;

/// An extension that contains only scripts, which run on every architecture.
fn image() -> Project {
    let project = Project::new();
    for platform in ["linux_amd64", "linux_arm64"] {
        project.write(&format!("image/{platform}/metadata.json"), METADATA);
        project.write(&format!("image/{platform}/icon.svg"), "<svg/>");
        project.write(&format!("image/{platform}/windows/run.cmd"), "@echo off\r\n");
        for os in ["darwin", "linux"] {
            let file = format!("image/{platform}/{os}/run.sh");
            project.write(&file, "#!/bin/sh\n");
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt as _;
                let executable = std::fs::Permissions::from_mode(0o755);
                std::fs::set_permissions(project.path(&file), executable).unwrap();
            }
        }
    }
    project
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_valid_image_exits_with_0() {
    let ran = image().run(&["inspect", "image", "--format", "json"]).succeeded();
    let report = json(&ran.stdout);
    assert_eq!(report["platforms"], serde_json::json!(["linux/amd64", "linux/arm64"]));
    assert_eq!(report["problems"], serde_json::json!([]));
    let cells = report["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 6);
    for cell in cells {
        assert_eq!(
            (&cell["format"], &cell["arch"], &cell["verdict"]),
            (&"script".into(), &Value::Null, &"script".into())
        );
    }
}

#[test]
fn problems_exit_with_1_in_every_format() {
    let project = image();
    project.write("image/linux_arm64/linux/run.sh", "");
    std::fs::remove_file(project.path("image/linux_arm64/windows/run.cmd")).unwrap();
    let ran = project.run(&["inspect", "image", "--format", "json"]).failed(1, &[]);
    let report = json(&ran.stdout);
    let problems: Vec<_> =
        report["problems"].as_array().unwrap().iter().map(|problem| &problem["code"]).collect();
    assert_eq!(problems, ["missing", "wrong-format"]);
    assert_eq!(report["problems"][0]["path"], "/windows/run.cmd");
    assert_eq!(report["problems"][0]["platform"], "linux/arm64");
    insta::assert_snapshot!("inspect_text", project.run(&["inspect", "image"]).failed(1, &[]).stdout);
    let markdown = project.run(&["inspect", "image", "--format", "markdown"]).failed(1, &[]).stdout;
    insta::assert_snapshot!("inspect_markdown", markdown);
}

#[test]
fn an_unreadable_image_exits_with_1_and_wrong_usage_with_2() {
    let project = image();
    project.run(&["inspect", "./nowhere"]).failed(1, &["./nowhere", "does not exist"]);
    project.run(&["inspect", "ui"]).failed(1, &["is not an image", "linux_amd64/"]);
    project.run(&["inspect"]).failed(2, &["WHAT"]);
    project.run(&["inspect", "image", "--format", "yaml"]).failed(2, &["yaml", "markdown"]);
}
