//! `fetch update`: what it writes, and what it shows.

use std::process::Output;
use std::time::Duration;

use sixfold_model::digest::Digest;

use crate::run::{Sandbox, program};
use crate::server::{End, Response, Server};

/// Runs it for a Linux binary at `url`. Returns the previous configuration, and standard error.
fn update(sandbox: &Sandbox, url: &str) -> (String, String) {
    let (manifest, output) = run_update(sandbox, url, "");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{stderr}");
    (manifest, stderr)
}

/// `more` is added to the configuration of the binary.
fn run_update(sandbox: &Sandbox, url: &str, more: &str) -> (String, Output) {
    let manifest = format!(
        "[workspace.metadata.extension]\nimage = \"a/b\"\n\n[workspace.metadata.extension.binaries.tool]\n\
         hosts = [\"linux\"]\nurl = \"{url}\"\n{more}"
    );
    std::fs::write(sandbox.path("Cargo.toml"), &manifest).unwrap();
    let mut command = program();
    command.args(["update", "--root", sandbox.path("").as_str()]);
    let output = command.env("SIXFOLD_CACHE", sandbox.path("cache")).output().unwrap();
    (manifest, output)
}

#[test]
fn a_long_download_shows_its_progress() {
    let server = Server::new(|_| Response::ok(&[7; 400_000]).end(End::Late(100_000, Duration::from_secs(6))));
    let (_, stderr) = update(&Sandbox::new(), &server.url("/{arch}/tool"));
    let line = stderr.lines().find(|line| line.contains("Fetching")).unwrap();
    assert!(line.contains("tool linux-a") && line.contains(" % of 400.0 kB"), "{stderr}");
}

#[test]
fn the_diff_shows_no_secrets() {
    let (server, sandbox) = (Server::of(b"a program"), Sandbox::new());
    let url = server.url("/{arch}/tool?token=s3cret").replace("http://", "http://me:s3cret@");
    let (manifest, stderr) = update(&sandbox, &url);
    let written = std::fs::read_to_string(sandbox.path("Cargo.toml")).unwrap();
    let digest = Digest::of(b"a program");
    assert!(written.starts_with(&manifest) && written.matches(digest.hex()).count() == 2, "{written}");
    let shown = format!(" url = \"{}\"", server.url("/{arch}/tool?…"));
    assert!(stderr.contains(&shown) && stderr.contains(digest.hex()), "{stderr}");
    assert!(!stderr.contains("s3cret"), "{stderr}");
}

#[test]
fn a_failed_update_lists_the_cells_and_changes_nothing() {
    let server = Server::new(|request| match &*request.path {
        "/amd64/tool" => Response::empty(404),
        "/digests" => Response::ok(format!("{}  tool", "a".repeat(64)).as_bytes()),
        _ => Response::ok(b"a program"),
    });
    let sandbox = Sandbox::new();
    let checksums = format!("checksums = \"{}\"\n", server.url("/digests"));
    let (manifest, output) = run_update(&sandbox, &server.url("/{arch}/tool"), &checksums);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    for words in [
        "it was not changed:\n  tool linux-amd64: cannot download ",
        "404",
        "\n    help: check `url` and `version`",
        "\n  tool linux-arm64: the publisher's list says the SHA-256 digest is aaaa",
        "\nhelp: if a publisher has no binary for a cell, add the cell to `skip` or `emulate`",
    ] {
        assert!(stderr.contains(words), "{words:?} is missing: {stderr}");
    }
    assert_eq!(std::fs::read_to_string(sandbox.path("Cargo.toml")).unwrap(), manifest);
}
