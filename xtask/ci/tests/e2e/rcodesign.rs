//! Binaries for macOS, signed by rcodesign. `cargo ci rcodesign` installs it and runs these tests; `cargo ci` does not, because
//! compiling rcodesign takes a quarter of an hour.

use std::process::Command;

use crate::authority::{Authority, PASSWORD};
use crate::process::run;
use crate::signing::Signed;

const IDENTITY: &str = "Developer ID Application: Example (ABCDE12345)";

/// The path of the program.
fn program() -> String {
    std::env::var("E2E_RCODESIGN").expect("no E2E_RCODESIGN: run `cargo ci rcodesign`")
}

/// The command that signs with a certificate of the authority.
fn rcodesign(signed: &Signed, certificate: &str, more: &str) -> String {
    let p12 = signed.authority.file(&format!("{certificate}.p12"));
    format!(
        "darwin = '{} sign --p12-file {p12} --p12-password-file {{secret-file:SIGN_PASSWORD}} {more} {{file}}'\n",
        program()
    )
}

#[test]
#[ignore = "needs rcodesign: run cargo ci rcodesign"]
fn macos_binaries_are_signed_with_hardened_runtime_and_time_stamp() {
    let signed = Signed::new(IDENTITY);
    let more = format!("--code-signature-flags runtime --timestamp-url {}", signed.authority.stamps());
    signed.configure(&(rcodesign(&signed, "me", &more) + &format!("darwin-identity = '{IDENTITY}'")));
    let identity = serde_json::json!({
        "kind": "identity", "name": IDENTITY, "hardened_runtime": true, "timestamp": true,
    });
    assert_eq!(signed.signatures("/darwin/hello"), [identity.clone(), identity]);
    for arch in ["amd64", "arm64"] {
        let file = signed.staged(&format!("{arch}/darwin/hello"));
        let print = run(Command::new(program()).args(["print-signature-info", file.as_str()])).succeeded();
        assert!(print.stdout.contains("RUNTIME") && print.stdout.contains(IDENTITY), "{}", print.stdout);
    }

    signed.configure(&rcodesign(&signed, "me", "--timestamp-url none"));
    let plain = serde_json::json!({
        "kind": "identity", "name": IDENTITY, "hardened_runtime": false, "timestamp": false,
    });
    assert_eq!(signed.signatures("/darwin/hello"), [plain.clone(), plain.clone()]);

    // As for versions of macOS that know only SHA-1. The certificate signs that code directory, and lists the digests of both.
    signed.configure(&rcodesign(&signed, "me", "--timestamp-url none --digest sha1 --digest sha256"));
    assert_eq!(signed.signatures("/darwin/hello"), [plain.clone(), plain]);
}

#[test]
#[ignore = "needs rcodesign: run cargo ci rcodesign"]
fn a_macos_binary_that_is_not_signed_as_configured_is_not_pushed() {
    let signed = Signed::new(IDENTITY);
    let none = "--timestamp-url none";
    let fails = |table: &str, words: &[&str]| signed.pushes_nothing(table, PASSWORD, words);
    let failed = "ended with exit status: 1; its output is above";
    signed.pushes_nothing(&rcodesign(&signed, "me", none), "wrong", &[failed]);
    fails(&rcodesign(&signed, "expired", none), &["is signed with the certificate of", "which has expired"]);
    let other = rcodesign(&signed, "me", none) + "darwin-identity = 'Developer ID Application: Another'";
    fails(&other, &["not by \"Developer ID Application: Another\""]);
    let ad_hoc = format!("darwin = '{} sign {{file}}'", program());
    fails(&ad_hoc, &["is not signed: it is signed ad hoc, without a certificate"]);
    let url = Authority::silence();
    let silent = rcodesign(&signed, "me", &format!("--timestamp-url {url}")) + "timeout = 3";
    fails(&silent, &["did not end within 3 seconds"]);
}
