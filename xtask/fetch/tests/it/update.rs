//! `fetch update`: what it writes, and what it says of it.

use std::time::Duration;

use sixfold_model::digest::Digest;

use crate::run::{Workplace, program};
use crate::server::{Answer, End, Server};

/// Runs it for a program on Linux that is at `url`. Gives the configuration as it was before, and what was said.
fn update(work: &Workplace, url: &str) -> (String, String) {
    let manifest = format!(
        "[workspace.metadata.extension]\nimage = \"a/b\"\n\n[workspace.metadata.extension.binaries.tool]\n\
         hosts = [\"linux\"]\nurl = \"{url}\"\n"
    );
    std::fs::write(work.path("Cargo.toml"), &manifest).unwrap();
    let mut command = program();
    command.args(["update", "--root", work.path("").as_str()]);
    let output = command.env("SIXFOLD_CACHE", work.path("cache")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    (manifest, said)
}

#[test]
fn a_download_that_takes_long_shows_how_far_it_is() {
    let server =
        Server::new(|_| Answer::whole(&[7; 400_000]).end(End::Late(100_000, Duration::from_secs(6))));
    let (_, said) = update(&Workplace::new(), &server.url("/{arch}/tool"));
    let line = said.lines().find(|line| line.contains("Fetching")).unwrap();
    assert!(line.contains("tool linux-a") && line.contains(" % of 400.0 kB"), "{said}");
}

#[test]
fn the_change_is_shown_without_the_secrets_beside_it() {
    let (server, work) = (Server::of(b"a program"), Workplace::new());
    let url = server.url("/{arch}/tool?token=s3cret").replace("http://", "http://me:s3cret@");
    let (manifest, said) = update(&work, &url);
    let written = std::fs::read_to_string(work.path("Cargo.toml")).unwrap();
    let digest = Digest::of(b"a program");
    assert!(written.starts_with(&manifest) && written.matches(digest.hex()).count() == 2, "{written}");
    let shown = format!(" url = \"{}\"", server.url("/{arch}/tool?…"));
    assert!(said.contains(&shown) && said.contains(digest.hex()), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}
