//! `fetch update`: what it writes, and what it says of it.

use std::process::Command;

use xtask::image::oci::Digest;

use crate::run::Workplace;
use crate::server::Server;

#[test]
fn the_change_is_shown_without_the_secrets_beside_it() {
    let (server, work) = (Server::of(b"a program"), Workplace::new());
    let url = server.url("/{arch}/tool?token=s3cret").replace("http://", "http://me:s3cret@");
    let manifest = format!(
        "[workspace.metadata.extension]\nimage = \"a/b\"\n\n[workspace.metadata.extension.binaries.tool]\n\
         hosts = [\"linux\"]\nurl = \"{url}\"\n"
    );
    std::fs::write(work.path("Cargo.toml"), &manifest).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fetch"));
    command.args(["update", "--root", work.path("").as_str()]);
    let output = command.env("EXTENSION_XTASK_CACHE", work.path("cache")).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    let written = std::fs::read_to_string(work.path("Cargo.toml")).unwrap();
    let digest = Digest::of(b"a program");
    assert!(written.starts_with(&manifest) && written.matches(digest.hex()).count() == 2, "{written}");
    let shown = format!(" url = \"{}\"", server.url("/{arch}/tool?…"));
    assert!(said.contains(&shown) && said.contains(digest.hex()), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}
