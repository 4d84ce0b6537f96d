//! The backend, which runs in Docker's VM.

use serde_json::{Value, json};

use crate::project::{Project, Ran};

const DOCKERFILE: &str = "FROM scratch\nARG TARGETARCH\nCOPY common/icon.svg common/compose.yaml /\n\
    COPY ${TARGETARCH}/metadata.json /\nCOPY --chmod=0755 ${TARGETARCH}/linux /linux\n\
    COPY --chmod=0755 ${TARGETARCH}/vm/server /server\nENTRYPOINT [\"/server\"]\n";

/// An extension with a host binary, and a backend of its own package.
fn project() -> Project {
    let project = Project::new();
    project.edit("Cargo.toml", "[\"tool\"]", "[\"tool\", \"server\"]");
    project.edit(
        "Cargo.toml",
        "[workspace.metadata.extension.labels]",
        "[workspace.metadata.extension.backend]\nbin = \"server\"\n\n[workspace.metadata.extension.labels]",
    );
    project.write(
        "server/Cargo.toml",
        "[package]\nname = \"server\"\nversion.workspace = true\nedition = \"2024\"\n",
    );
    project.write("server/src/main.rs", "fn main() { println!(\"serves\") }\n");
    project.edit("metadata.json", "{\"icon\"", "{\"vm\": {\"composefile\": \"compose.yaml\"}, \"icon\"");
    project.write("compose.yaml", "services:\n  server:\n    image: ${DESKTOP_PLUGIN_IMAGE}\n");
    project.write("Dockerfile", DOCKERFILE);
    project
}

fn vm_cells(ran: &Ran) -> Vec<Value> {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    json["cells"].as_array().unwrap().iter().filter(|cell| cell["os"] == "vm").cloned().collect()
}

#[test]
fn its_cells_have_the_vm_as_their_system_and_cargo_is_called_twice() {
    let project = project();
    project.edit("Cargo.toml", "platforms = [\"linux/amd64\"]\n", "");
    let ran = project.run(&["plan", "--format", "json"]).succeeded();
    let expected = json!({
        "binary": "server", "os": "vm", "arch": "arm64", "platform": "linux/arm64",
        "target": "aarch64-unknown-linux-musl", "linker": "rust-lld", "path": "/server", "source": "cargo",
    });
    let cells = vm_cells(&ran);
    assert_eq!((cells.len(), &cells[1]), (2, &expected));
    let plan: Value = serde_json::from_str(&ran.stdout).unwrap();
    let has = |call: &str, word: &str| plan[call]["args"].as_array().unwrap().contains(&json!(word));
    assert!(has("compile", "tool") && !has("compile", "server"));
    assert!(has("compile_backend", "server") && !has("compile_backend", "tool"));
}

#[test]
fn it_is_staged_verified_and_found_in_the_archive() {
    let project = project();
    project.run(&["dist"]).succeeded();
    let staged = project.path("target/dist/stage/amd64/vm/server");
    let output = std::process::Command::new(staged).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "serves\n");
    let inspected = project.run(&["inspect", "--format", "json", "target/dist/tool-1.2.3.oci.tar"]);
    let cells = vm_cells(&inspected);
    assert_eq!(cells.len(), 1, "{}", inspected.stdout);
    assert_eq!((&cells[0]["path"], &cells[0]["verdict"]), (&json!("/server"), &json!("native")));
}

#[test]
fn an_image_that_does_not_start_it_is_not_made() {
    let project = project();
    project.edit("Dockerfile", "ENTRYPOINT [\"/server\"]\n", "");
    project.run(&["dist"]).failed(1, &["/server in linux/amd64: no container starts it", "set ENTRYPOINT"]);
}

#[test]
fn check_finds_an_image_that_does_not_start_it() {
    let project = project();
    assert!(!project.run(&["check"]).stdout.contains("vm-no-program"));
    project.edit("Dockerfile", "ENTRYPOINT [\"/server\"]\n", "");
    let ran = project.run(&["check"]);
    assert!(
        ran.stdout.contains("Dockerfile:1:1") && ran.stdout.contains("[vm-no-program]"),
        "{}",
        ran.stdout
    );
}

#[test]
fn check_finds_a_socket_that_no_service_creates() {
    let project = project();
    project.edit(
        "metadata.json",
        "\"compose.yaml\"",
        "\"compose.yaml\", \"exposes\": {\"socket\": \"a.sock\"}",
    );
    assert!(!project.run(&["check"]).stdout.contains("socket"));
    project.write(
        "compose.yaml",
        "services:\n  server:\n    image: ${DESKTOP_PLUGIN_IMAGE}\n    profiles: [debug]\n",
    );
    let ran = project.run(&["check"]);
    assert!(
        ran.stdout.contains("compose.yaml:1:1") && ran.stdout.contains("[socket-not-created]"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_wrong_bin_is_an_error_with_its_place() {
    let project = project();
    project.edit("Cargo.toml", "bin = \"server\"", "bin = \"sever\"");
    project
        .run(&["plan"])
        .failed(1, &["no package of this workspace has a bin named sever", "line 14, column 31"]);
    project.edit("Cargo.toml", "bin = \"sever\"", "bin = \"darwin\"");
    project.run(&["plan"]).failed(1, &["the backend cannot be /darwin in the image", "help: rename the bin"]);
}

#[test]
fn it_can_be_built_by_a_command() {
    let project = project();
    let build = "path = \"out/{arch}/server\"\nimage-path = \"/server\"\nbuild = \"rustc --crate-name server \
                 --target {arch}-unknown-linux-musl -C linker=rust-lld -C strip=symbols --remap-path-prefix server=server \
                 -o out/{arch}/server server/src/main.rs\"\narch = { amd64 = \"x86_64\", arm64 = \"aarch64\" }";
    project.edit("Cargo.toml", "bin = \"server\"", build);
    project.write("out/x86_64/README", "");
    project.run(&["dist"]).succeeded();
    let inspected = project.run(&["inspect", "--format", "json", "target/dist/tool-1.2.3.oci.tar"]);
    let cells = vm_cells(&inspected);
    assert_eq!((&cells[0]["path"], &cells[0]["verdict"]), (&json!("/server"), &json!("native")));
    project.edit("Cargo.toml", "-C strip=symbols", "-C no-such=option");
    project.run(&["dist"]).failed(1, &["change `build` in [workspace.metadata.extension.backend]"]);
}

#[test]
fn it_can_be_a_prebuilt_program_whose_digest_has_to_be_known() {
    let project = project();
    let url = "url = \"https://dl.example/{os}-{arch}\"\nimage-path = \"/server\"";
    project.edit("Cargo.toml", "bin = \"server\"", url);
    let ran =
        project.run(&["plan"]).failed(1, &["server has no sha256 for linux-amd64", "prebuilt update server"]);
    assert!(!ran.stderr.contains("skip"), "{}", ran.stderr);
}

#[test]
fn another_machine_can_build_it() {
    let project = project();
    let git =
        std::process::Command::new("git").args(["init", "--quiet"]).current_dir(project.path("")).status();
    assert!(git.unwrap().success());
    let ran = project.run(&["plan", "--only", "vm-amd64", "--format", "json"]).succeeded();
    assert_eq!(vm_cells(&ran).len(), 1);
    let json: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!((json["cells"].as_array().unwrap().len(), &json["compile"]), (1, &Value::Null));
}
