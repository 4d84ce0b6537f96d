//! Binaries for Windows, signed by osslsigncode.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::authority::{Authority, PASSWORD};
use crate::process::{Finished, run};
use crate::sandbox::{Sandbox, repository};

/// An extension, and what it is signed with.
pub(crate) struct Signed {
    pub sandbox: Sandbox,
    pub authority: Authority,
    manifest: String,
}

impl Signed {
    pub(crate) fn new(identity: &str) -> Self {
        let sandbox = Sandbox::hello();
        let manifest = fs_err::read_to_string(sandbox.root.join("Cargo.toml")).unwrap();
        Self { sandbox, authority: Authority::new(identity), manifest }
    }

    /// Writes the table that configures signing, in place of the last one.
    pub(crate) fn configure(&self, table: &str) {
        let manifest = format!("{}\n[workspace.metadata.extension.sign]\n{table}\n", self.manifest);
        fs_err::write(self.sandbox.root.join("Cargo.toml"), manifest).unwrap();
    }

    pub(crate) fn xtask(&self, arguments: &[&str], password: &str) -> Finished {
        run(self.sandbox.command(arguments).env("SIGN_PASSWORD", password))
    }

    /// Builds an archive, and returns the signature of the binary in each of the two platforms, as the report has it.
    #[track_caller]
    pub(crate) fn signatures(&self, path: &str) -> [Value; 2] {
        self.xtask(&["dist"], PASSWORD).succeeded();
        let report = fs_err::read(self.sandbox.dist_folder().join("report.json")).unwrap();
        let archive = self.sandbox.archive();
        let found = self.xtask(&["inspect", "--format", "json", archive.as_str()], "").stdout;
        let [report, found] = [report, found.into_bytes()].map(|json| signatures(&json, path));
        assert_eq!(report, found);
        report
    }

    /// Asserts that a push fails with these words and help, shows no password and pushes nothing.
    #[track_caller]
    pub(crate) fn pushes_nothing(&self, table: &str, password: &str, words: &[&str]) {
        self.configure(table);
        let image = repository("not-signed");
        let push = self.xtask(&["dist", "--push", "--image", &image], password);
        let stderr = push.failed(1, &[words, &["\nhelp: "]].concat());
        assert!(!stderr.contains(PASSWORD), "{stderr}");
        let tag = format!("{image}:0.1.0");
        run(Command::new("docker").args(["buildx", "imagetools", "inspect", &tag])).failed(1, &["not found"]);
    }

    pub(crate) fn staged(&self, path: &str) -> Utf8PathBuf {
        self.sandbox.dist_folder().join("stage").join(path)
    }
}

fn signatures(json: &[u8], path: &str) -> [Value; 2] {
    let json: Value = serde_json::from_slice(json).unwrap();
    let cells = json["cells"].as_array().unwrap().iter().filter(|cell| cell["path"] == path);
    cells.map(|cell| cell["signature"].clone()).collect::<Vec<_>>().try_into().unwrap()
}

/// The command that signs with a certificate of the authority.
fn osslsigncode(signed: &Signed, certificate: &str, more: &str) -> String {
    let [key, certificate] = ["key", "crt"].map(|end| signed.authority.file(&format!("{certificate}.{end}")));
    format!(
        "windows = 'osslsigncode sign -h sha256 -certs {certificate} -key {key} -readpass {{secret-file:SIGN_PASSWORD}} \
         {more} -in {{file}} -out {{out}}'\n"
    )
}

/// Everything that osslsigncode itself says about a file.
fn verified(signed: &Signed, file: &Utf8Path) -> String {
    let [me, clock] = ["me.crt", "clock.crt"].map(|name| signed.authority.file(name));
    let mut verify = Command::new("osslsigncode");
    verify.args(["verify", "-CAfile", me.as_str(), "-TSA-CAfile", clock.as_str(), "-in", file.as_str()]);
    run(&mut verify).succeeded().stdout
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn windows_binaries_are_signed_with_a_time_stamp() {
    let signed = Signed::new("Example Ltd");
    let stamps = format!("-ts {}", signed.authority.stamps());
    signed.configure(&(osslsigncode(&signed, "me", &stamps) + "windows-identity = 'Example Ltd'"));
    let identity = serde_json::json!({ "kind": "identity", "name": "Example Ltd", "timestamp": true });
    assert_eq!(signed.signatures("/windows/hello.exe"), [identity.clone(), identity]);
    // The linker signs for Apple Silicon only.
    let kinds = signed.signatures("/darwin/hello").map(|signature| signature["kind"].clone());
    assert_eq!(kinds, ["none", "ad-hoc"]);
    for arch in ["amd64", "arm64"] {
        let output = verified(&signed, &signed.staged(&format!("{arch}/windows/hello.exe")));
        assert!(output.contains("Timestamp Server Signature verification: ok"), "{output}");
    }

    // The same digest as osslsigncode's, over every byte but those of the signature.
    let file = signed.staged("amd64/windows/hello.exe");
    let mut bytes = fs_err::read(&file).unwrap();
    bytes[0x600] ^= 1;
    let tree = signed.authority.file("tree");
    for platform in ["linux_amd64", "linux_arm64"] {
        fs_err::create_dir_all(tree.join(platform).join("windows")).unwrap();
        let metadata = r#"{"host": {"binaries": [{"windows": [{"path": "/windows/hello.exe"}]}]}}"#;
        fs_err::write(tree.join(platform).join("metadata.json"), metadata).unwrap();
        fs_err::write(tree.join(platform).join("windows/hello.exe"), &bytes).unwrap();
    }
    let found = signed.xtask(&["inspect", tree.as_str()], "");
    assert!(found.stdout.contains("has changed since it was signed"), "{}", found.stdout);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_windows_binary_that_is_not_signed_as_configured_is_not_pushed() {
    let signed = Signed::new("Example Ltd");
    let command = |certificate: &str, more: &str| osslsigncode(&signed, certificate, more);
    let fails = |table: &str, words: &[&str]| signed.pushes_nothing(table, PASSWORD, words);
    let failed = "`osslsigncode` ended with exit status: 255; its output is above";
    signed.pushes_nothing(&command("me", ""), "wrong", &[failed]);
    fails(&command("expired", ""), &["the certificate of \"Example Ltd\", which has expired"]);
    let other = command("me", "") + "windows-identity = 'Another Ltd'";
    fails(&other, &["is signed by \"Example Ltd\", not by \"Another Ltd\""]);
    let silent = command("me", &format!("-ts {}", Authority::silence())) + "timeout = 3";
    fails(&silent, &["`osslsigncode` did not end within 3 seconds", "time-stamp server"]);

    let script = signed.sandbox.root.join("sign");
    let stage = signed.sandbox.dist_folder().join("stage.partial");
    let line = format!("osslsigncode \"$@\" && echo >> '{stage}/common/metadata.json'");
    write_program(&script, &format!("#!/bin/sh\n{line}\n"));
    let changes = command("me", "").replace("'osslsigncode", "'./sign");
    fails(&changes, &["changed another file of the image, common/metadata.json"]);
}

fn write_program(path: &Utf8Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs_err::write(path, text).unwrap();
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_dockerfile_that_replaces_a_signed_binary_is_an_error() {
    let signed = Signed::new("Example Ltd");
    signed.configure(&osslsigncode(&signed, "me", ""));
    signed.sandbox.edit("Cargo.toml", "image = ", "context = \".\"\nimage = ");
    let copy = "COPY --from=stage common/ /\nCOPY --from=stage --chmod=0755 ${TARGETARCH}/ /\n";
    let head = "FROM scratch\nARG TARGETARCH\n";
    let dockerfile = signed.sandbox.root.join("Dockerfile");
    fs_err::write(&dockerfile, format!("{head}{copy}")).unwrap();
    let dist = ["dist", "--platform", "linux/amd64"];
    signed.xtask(&dist, PASSWORD).succeeded();
    let folder = signed.sandbox.dist_folder().with_file_name("x86_64-pc-windows-gnullvm");
    fs_err::copy(folder.join("release/hello.exe"), signed.sandbox.root.join("hello.exe")).unwrap();
    let other = "COPY --chmod=0755 hello.exe /windows/hello.exe\n";
    fs_err::write(&dockerfile, format!("{head}{copy}{other}")).unwrap();
    let words = [
        "/windows/hello.exe in linux/amd64: has no signature any more, or another one",
        "\nhelp: check the Dockerfile",
    ];
    signed.xtask(&dist, PASSWORD).failed(1, &words);
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn what_another_machine_has_signed_is_taken_as_it_is() {
    let signed = Signed::new("Example Ltd");
    signed.configure(&osslsigncode(&signed, "me", ""));
    let cells = signed.xtask(&["dist", "--only", "windows"], PASSWORD).succeeded().stdout;
    let folder = cells.trim_end();
    // There is no secret here, and none is needed.
    let mut here = signed.sandbox.command(&["dist", "--from", folder]);
    run(here.env_remove("SIGN_PASSWORD")).succeeded();
    let [mac, here] = ["amd64/windows/hello.exe"; 2].map(Utf8Path::new);
    let taken = fs_err::read(Utf8Path::new(folder).join(mac)).unwrap();
    assert!(taken == fs_err::read(signed.staged(here.as_str())).unwrap());
    verified(&signed, &signed.staged(here.as_str()));
}
