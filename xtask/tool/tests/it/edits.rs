//! What was read while planning is what ships, even if the files are edited while cargo is running.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::project::Project;

const EDITED: &str = "edited while cargo was running";

/// A project whose build script edits these files.
fn edited_while_compiling(files: &[&str]) -> Project {
    let project = Project::new();
    let edits: String = files
        .iter()
        .map(|file| format!("    std::fs::write({:?}, {EDITED:?}).unwrap();\n", project.path(file)))
        .collect();
    project.write("tool/build.rs", &format!("fn main() {{\n{edits}}}\n"));
    project
}

/// The file is as the build script left it: the edit came before the stage was made.
#[track_caller]
fn assert_edited(project: &Project, file: &str) {
    assert_eq!(String::from_utf8(project.read(file)).unwrap(), EDITED, "{file}");
}

#[test]
fn the_planned_metadata_json_ships() {
    let project = edited_while_compiling(&["metadata.json"]);
    let planned = project.read("metadata.json");
    project.run(&["dist"]).succeeded();
    assert_edited(&project, "metadata.json");
    for folder in ["common", "amd64"] {
        let staged = project.read(&format!("target/dist/stage/{folder}/metadata.json"));
        assert_eq!(staged, planned, "{folder}");
    }
}

#[test]
fn the_planned_dockerfile_and_label_texts_make_the_image() {
    let project = edited_while_compiling(&["Dockerfile", "CHANGELOG.md"]);
    project.write("CHANGELOG.md", "## 1.2.3\n\nplanned\n");
    let labels = "title = \"Tool\"\nchangelog = { file = \"CHANGELOG.md\" }";
    project.edit("Cargo.toml", "title = \"Tool\"", labels);
    project.run(&["dist"]).succeeded();
    assert_edited(&project, "Dockerfile");
    assert_edited(&project, "CHANGELOG.md");
    let label = &config(&project)["config"]["Labels"]["com.docker.extension.changelog"];
    assert_eq!(label, "<p>planned</p>");
}

#[test]
fn an_edit_made_while_waiting_for_another_run_ships() {
    let project = Project::new();
    project.write("target/dist/.lock", "");
    let lock = File::open(project.path("target/dist/.lock")).unwrap();
    lock.lock().unwrap();
    let mut run = project.command(&["dist"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(run.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("for another run")), "it does not wait");
    project.edit("Cargo.toml", "version = \"1.2.3\"", "version = \"1.2.4\"");
    drop(lock);
    lines.for_each(drop);
    assert!(run.wait().unwrap().success());
    assert!(project.path("target/dist/tool-1.2.4.oci.tar").is_file());
}

/// The configuration of the image in the archive.
fn config(project: &Project) -> Value {
    let archive = project.read("target/dist/tool-1.2.3.oci.tar");
    let mut archive = tar::Archive::new(archive.as_slice());
    let blobs = archive.entries().unwrap().filter_map(|entry| serde_json::from_reader(entry.unwrap()).ok());
    blobs.into_iter().find(|blob: &Value| blob.get("rootfs").is_some()).unwrap()
}

#[test]
#[cfg(unix)]
fn buildx_gets_the_planned_dockerfile() {
    use crate::project::program;
    let project = edited_while_compiling(&["Dockerfile", "Dockerfile.dockerignore"]);
    project.write("Dockerfile.dockerignore", "*.map\n");
    let planned = project.read("Dockerfile");
    let tools = tempfile::tempdir().unwrap();
    let path = format!("{}:{}", tools.path().display(), std::env::var("PATH").unwrap());
    let script = "#!/bin/sh
        case \"$*\" in
        'buildx version') echo 'github.com/docker/buildx v0.13.1' ;;
        'buildx inspect') printf 'Name:   default\\nDriver: docker\\n' ;;
        'buildx build '*)
            while [ \"$1\" != --file ]; do shift; done
            cat \"$2\" > built.Dockerfile
            cat \"$2.dockerignore\" > built.dockerignore ;;
        'save '*) exit 1 ;;
        esac\n";
    program(tools.path(), "docker", script);
    let ran = project.run_with(&["dist", "--load"], |command| {
        command.env("PATH", &path);
    });
    ran.succeeded();
    assert_edited(&project, "Dockerfile");
    assert_eq!(project.read("built.Dockerfile"), planned);
    assert_eq!(project.read("built.dockerignore"), b"*.map\n");
}
