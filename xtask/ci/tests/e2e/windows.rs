//! Windows binaries that rust-lld links with our own runtime, run with wine: unwinding, thread locals, what runs before and
//! after `main`, and the rest of what the fixture `windows` uses.

use camino::Utf8PathBuf;

use crate::process::run;
use crate::sandbox::Sandbox;
use crate::wine::Wine;

const EXPECTED: &str = include_str!("fixtures/windows/expected.txt");

/// Builds the fixture with a profile, and returns the folder of the amd64 binaries.
fn build(sandbox: &Sandbox, profile: &str) -> Utf8PathBuf {
    sandbox.dist(&["--profile", profile]);
    sandbox.dist_folder().join("stage/amd64/windows")
}

#[test]
#[ignore = "needs wine: run cargo ci"]
fn the_runtime_for_windows_works_with_every_profile() {
    let (sandbox, wine) = (Sandbox::fixture("windows"), Wine::new());
    for profile in ["release", "fat"] {
        let folder = build(&sandbox, profile);
        let said = run(wine.command().arg(folder.join("check.exe"))).succeeded().stdout;
        assert_eq!(said.replace('\r', ""), EXPECTED, "profile {profile}");
        let gui = run(wine.command().arg(folder.join("gui.exe")));
        assert_eq!(gui.status.code(), Some(7), "profile {profile}");
    }
}

#[test]
#[ignore = "needs wine: run cargo ci"]
fn a_panic_ends_a_windows_binary_that_was_built_to_abort() {
    let (sandbox, wine) = (Sandbox::fixture("windows"), Wine::new());
    let check = build(&sandbox, "abort").join("check.exe");
    let panicked = run(wine.command().arg(&check).arg("panic"));
    assert!(!panicked.status.success() && panicked.stderr.contains("asked to fail"), "{panicked:?}");
    assert!(!panicked.stdout.contains("dropped"), "{}", panicked.stdout);
    let locals = run(wine.command().arg(&check).arg("thread-locals")).succeeded().stdout;
    assert!(EXPECTED.contains(&locals.replace('\r', "")), "{locals}");
}

#[test]
#[ignore = "needs a build of several targets: run cargo ci"]
fn windows_binaries_can_be_loaded_anywhere_and_their_data_is_not_executable() {
    const HIGH_ENTROPY: u16 = 0x20;
    const DYNAMIC_BASE: u16 = 0x40;
    const NX_COMPATIBLE: u16 = 0x100;
    let sandbox = Sandbox::fixture("windows");
    let folder = build(&sandbox, "release");
    for path in [folder.join("check.exe"), folder.join("../../arm64/windows/check.exe")] {
        let file = fs_err::read(&path).unwrap();
        let header = u32::from_le_bytes(file[0x3c..0x40].try_into().unwrap()) as usize;
        let flags = u16::from_le_bytes(file[header + 24 + 70..][..2].try_into().unwrap());
        let wanted = HIGH_ENTROPY | DYNAMIC_BASE | NX_COMPATIBLE;
        assert_eq!(flags & wanted, wanted, "{path}: {flags:#x}");
    }
}
