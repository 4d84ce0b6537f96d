//! The image, signed by cosign after the push, and what the registry and `inspect` say about it.

use std::process::Command;

use camino::Utf8PathBuf;
use serde_json::Value;

use crate::process::{Finished, run};
use crate::registry::docker;
use crate::sandbox::{Sandbox, repository};

const PASSWORD: &str = "correct horse battery";

/// An extension and a key pair.
struct Signed {
    sandbox: Sandbox,
    keys: tempfile::TempDir,
    manifest: String,
}

impl Signed {
    fn new() -> Self {
        let sandbox = Sandbox::hello();
        let keys = tempfile::tempdir().unwrap();
        let mut generate = Command::new("cosign");
        generate.arg("generate-key-pair").current_dir(keys.path()).env("COSIGN_PASSWORD", PASSWORD);
        run(&mut generate).succeeded();
        let manifest = fs_err::read_to_string(sandbox.root.join("Cargo.toml")).unwrap();
        Self { sandbox, keys, manifest }
    }

    fn key(&self, name: &str) -> Utf8PathBuf {
        self.keys.path().join(name).try_into().unwrap()
    }

    /// The command of the documentation, with the key from a variable and without the public log.
    fn cosign(more: &str) -> String {
        format!(
            "image = 'cosign sign --yes --tlog-upload=false {more} --key env://COSIGN_KEY {{image}}'\ntimeout = 20"
        )
    }

    fn push(&self, table: &str, image: &str, password: &str, flags: &[&str]) -> Finished {
        let manifest = format!("{}\n[workspace.metadata.extension.sign]\n{table}\n", self.manifest);
        fs_err::write(self.sandbox.root.join("Cargo.toml"), manifest).unwrap();
        let key = fs_err::read_to_string(self.key("cosign.key")).unwrap();
        let arguments = [&["dist", "--push", "--image", image], flags].concat();
        let mut command = self.sandbox.command(&arguments);
        run(command.env("COSIGN_KEY", key).env("COSIGN_PASSWORD", password))
    }

    /// A program of the project that runs this script. `$1` is the image.
    fn script(&self, name: &str, script: &str) -> String {
        use std::os::unix::fs::PermissionsExt as _;
        let path = self.sandbox.root.join(name);
        fs_err::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs_err::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        format!("image = './{name} {{image}}'\ntimeout = 3")
    }

    /// Stores a genuine signature of one image beside another.
    fn attach(&self, image: &str, other: &str) {
        let cosign = |arguments: &[&str]| {
            let mut command = Command::new("cosign");
            command.args(arguments).current_dir(self.keys.path()).env("COSIGN_PASSWORD", PASSWORD);
            run(&mut command).succeeded().stdout
        };
        fs_err::write(self.key("payload"), cosign(&["generate", image])).unwrap();
        let sign = ["sign-blob", "--yes", "--tlog-upload=false", "--key", "cosign.key"];
        cosign(&[&sign[..], &["--output-signature", "signature", "payload"]].concat());
        cosign(&["attach", "signature", "--payload", "payload", "--signature", "signature", other]);
    }

    fn inspect(&self, name: &str) -> Value {
        let done = self.sandbox.xtask(&["inspect", "--signatures", name, "--format", "json"]);
        serde_json::from_str(&done.stdout).unwrap_or_else(|_| panic!("{}", done.stderr))
    }
}

fn digest(name: &str) -> String {
    let shown = docker(&["buildx", "imagetools", "inspect", name]);
    let line = shown.lines().find_map(|line| line.strip_prefix("Digest:")).expect("a digest");
    line.trim().to_owned()
}

fn codes(report: &Value) -> Vec<&str> {
    report["problems"].as_array().unwrap().iter().map(|it| it["code"].as_str().unwrap()).collect()
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_pushed_image_is_signed_before_it_gets_its_tag() {
    let signed = Signed::new();
    let image = repository("cosigned");
    let pushed = signed.push(&Signed::cosign(""), &image, PASSWORD, &["--tag", "1.0.0", "--tag", "latest"]);
    let stderr = pushed.succeeded().stderr;
    let at = |words: &str| stderr.find(words).unwrap_or_else(|| panic!("no {words}: {stderr}"));
    assert!(at("binaries read back from the registry") < at("Signing"), "{stderr}");
    let name = format!("{image}:1.0.0");
    let digest = digest(&name);
    let by_digest = format!("{image}@{digest}");
    assert!(stderr.contains(&format!("Signing {by_digest} with `cosign`")), "{stderr}");
    assert!(stderr.contains("the key was not verified"), "{stderr}");

    let mut verify = Command::new("cosign");
    verify.args(["verify", "--insecure-ignore-tlog", "--key"]).arg(signed.key("cosign.pub")).arg(&name);
    assert!(run(&mut verify).succeeded().stdout.contains(&digest));

    let report = signed.inspect(&name);
    let tag = format!("sha256-{}.sig", digest.strip_prefix("sha256:").unwrap());
    let found = serde_json::json!([{ "at": tag, "signs": { "digest": digest } }]);
    let expected = serde_json::json!({ "digest": digest, "found": found, "verified": false });
    assert_eq!(report["signatures"], expected);
    let text = signed.sandbox.xtask(&["inspect", "--signatures", &by_digest]).stdout.replace('\n', " ");
    assert!(text.contains("for this digest; its key is not verified"), "{text}");

    // Another image whose signature is that of this one.
    signed.sandbox.edit("extension/src/main.rs", "fn main() {", "fn main() { println!();");
    let other = repository("cosigned-wrongly");
    signed.push("", &other, PASSWORD, &["--tag", "1.0.0"]).succeeded();
    let other = format!("{other}:1.0.0");
    signed.attach(&name, &other);
    let report = signed.inspect(&other);
    assert!(codes(&report).contains(&"signature-subject"), "{report}");
    let published = signed.sandbox.xtask(&["check", "--published", &other, "--format", "json"]);
    assert!(codes(&serde_json::from_str(&published.stdout).unwrap()).contains(&"signature-subject"));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_signature_among_the_referrers_is_found() {
    let signed = Signed::new();
    let image = repository("cosigned-referrers");
    let table = Signed::cosign("--registry-referrers-mode=oci-1-1");
    // The only mode of cosign 2 that writes referrers is experimental.
    signed.script("refer", "COSIGN_EXPERIMENTAL=1 exec cosign \"$@\"");
    signed.push(&table.replace("'cosign", "'./refer"), &image, PASSWORD, &[]).succeeded();
    let report = signed.inspect(&format!("{image}:0.1.0"));
    let found = report["signatures"]["found"].as_array().unwrap();
    assert_eq!(found.len(), 1, "{report}");
    assert!(found[0]["at"].as_str().unwrap().starts_with("sha256:"), "{report}");
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_image_that_was_not_signed_gets_no_tag() {
    let signed = Signed::new();
    let image = repository("not-cosigned");
    let fails = |table: &str, password: &str, words: &[&str]| {
        let stderr = signed.push(table, &image, password, &[]).failed(1, &[words, &["\nhelp: "]].concat());
        assert!(!stderr.contains(PASSWORD) && !stderr.contains("BEGIN"), "{stderr}");
        assert_eq!(stderr.matches("error: ").count(), 1, "{stderr}");
        let tag = format!("{image}:0.1.0");
        run(Command::new("docker").args(["buildx", "imagetools", "inspect", &tag])).failed(1, &["not found"]);
        stderr
    };
    let unsigned = "is pushed without a tag, but not signed";
    let stderr = fails(&Signed::cosign(""), "wrong", &[unsigned, "`cosign` ended with exit status: 1"]);
    assert!(stderr.contains("decryption failed"), "{stderr}");
    let missing = "image = './no-such-program {image}'";
    let stderr = fails(missing, PASSWORD, &["cannot sign the image: ./no-such-program was not found"]);
    assert!(!stderr.contains("Compiling"), "{stderr}");
    let nothing = signed.script("nothing", "exit 0");
    fails(&nothing, PASSWORD, &[unsigned, "succeeded, but the registry has no signature for this digest"]);
    let hanging = signed.script("hanging", "exec sleep 600");
    fails(&hanging, PASSWORD, &[unsigned, "did not end within 3 seconds"]);
    let printing = signed.script("printing", "head -c 20000000 /dev/zero | tr '\\0' x; exit 1");
    let stderr = fails(&printing, PASSWORD, &[unsigned, "ended with exit status: 1"]);
    assert!(stderr.len() < 20_000, "{} bytes", stderr.len());
    signed.push(&Signed::cosign(""), &image, PASSWORD, &[]).succeeded();
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn provenance_changes_the_index_but_not_the_images() {
    let sandbox = Sandbox::hello();
    let image = repository("provenance");
    let push = |tag: &str| {
        sandbox
            .xtask(&["dist", "--push", "--image", &image, "--provenance=mode=max", "--tag", tag])
            .succeeded();
        let raw = docker(&["buildx", "imagetools", "inspect", "--raw", &format!("{image}:{tag}")]);
        let index: Value = serde_json::from_str(&raw).unwrap();
        let manifests = index["manifests"].as_array().unwrap().clone();
        let is_image = |entry: &Value| entry["platform"]["os"] == "linux";
        let images = manifests.iter().filter(|entry| is_image(entry)).map(|entry| entry["digest"].clone());
        (digest(&format!("{image}:{tag}")), images.collect::<Vec<_>>())
    };
    let [(first, images), (second, again)] = ["1.0.0", "1.0.1"].map(push);
    assert_ne!(first, second, "the provenance has the time of the build");
    assert_eq!(images.len(), 2);
    assert_eq!(images, again);

    let archive = sandbox.dist(&["--engine", "buildx", "--provenance=mode=max"]);
    for what in [format!("{image}:1.0.0"), archive.to_string()] {
        let report = sandbox.xtask(&["inspect", &what, "--format", "json"]).stdout;
        let report: Value = serde_json::from_str(&report).unwrap();
        let all = report["attestations"].as_array().unwrap();
        let platforms: Vec<_> = all.iter().map(|it| it["platform"].as_str().unwrap()).collect();
        assert_eq!(platforms, ["linux/amd64", "linux/arm64"], "{report}");
        for one in all {
            assert_eq!(one["matches"], true, "{report}");
            assert!(one["predicate_type"].as_str().unwrap().starts_with("https://slsa.dev/provenance/"));
        }
    }
}
