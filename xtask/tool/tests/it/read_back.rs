//! The image that the Dockerfile makes of a valid stage is checked before the archive gets its final name.

use crate::project::Project;

/// Asserts that `dist` with this Dockerfile fails with these words and writes no archive.
#[track_caller]
fn refused(project: &Project, dockerfile: &str, words: &[&str]) {
    project.write("Dockerfile", dockerfile);
    project.run(&["dist"]).failed(1, words);
    assert!(!project.path("target/dist/tool-1.2.3.oci.tar").exists(), "an archive was written");
}

#[test]
fn files_that_metadata_names_must_be_in_the_archive() {
    let project = Project::new();
    let programs = "FROM scratch\nARG TARGETARCH\nCOPY --chmod=0755 ${TARGETARCH}/ /\n";
    refused(
        &project,
        programs,
        &["/icon.svg in linux/amd64: is the icon", "copy it into the image [icon-missing]"],
    );
    refused(&project, "FROM scratch\n", &["/linux/tool in linux/amd64: is missing", "[metadata-missing]"]);
    let tab =
        r#"{"icon": "icon.svg", "ui": {"dashboard-tab": {"title": "T", "root": "/ui", "src": "page.html"}},"#;
    project.edit("metadata.json", r#"{"icon": "icon.svg","#, tab);
    let all = "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\n";
    refused(&project, all, &["/ui/page.html in linux/amd64: is the page", "[ui-missing]"]);
}

#[test]
fn an_error_in_a_label_stops_dist_before_anything_is_built() {
    let project = Project::new();
    project.edit(
        "Cargo.toml",
        "title = \"Tool\"",
        "title = \"Tool\"\ndetailed-description = \"<script>x()</script>\"",
    );
    project
        .run(&["dist"])
        .failed(1, &["com.docker.extension.detailed-description", "remove it [label-script]"]);
    project.assert_nothing_done();
    let project = Project::new();
    project.edit("Cargo.toml", "vendor = \"Example\"\n", "");
    let dockerfile = "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\n";
    refused(&project, dockerfile, &["org.opencontainers.image.vendor", "[label-missing]"]);
    let label = format!(
        "{dockerfile}LABEL org.opencontainers.image.vendor=x com.docker.extension.changelog='<a onclick=\"x()\">'\n"
    );
    refused(&project, &label, &["Dockerfile:5", "[label-script]"]);
    project.write("Dockerfile", &format!("{dockerfile}LABEL org.opencontainers.image.vendor=x\n"));
    project.run(&["dist"]).succeeded();
}

#[test]
fn warnings_are_shown_and_do_not_stop_the_build() {
    let ran = Project::new().run(&["dist"]).succeeded();
    assert!(ran.stderr.contains("[host-without-binary]"), "{}", ran.stderr);
    assert!(ran.stderr.contains("[platform-missing]"), "{}", ran.stderr);
}

#[test]
fn a_binary_must_keep_the_file_mode_of_the_stage() {
    let project = Project::new();
    for mode in ["0777", "0555", "0111", "0000"] {
        let dockerfile = format!("FROM scratch\nCOPY common/ /\nCOPY --chmod={mode} amd64/ /\n");
        let line = format!("tool in linux/amd64: has mode {mode} instead of 0755");
        refused(&project, &dockerfile, &[&line, "--chmod"]);
    }
}
