//! Windows binaries that rust-lld links with our own runtime, run with wine: unwinding, thread locals, what runs before and
//! after `main`, and the rest of what the fixture `windows` uses.

use camino::{Utf8Path, Utf8PathBuf};

use crate::process::run;
use crate::sandbox::Sandbox;
use crate::windows_arm64;
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

/// A single test, because it takes long to start a system.
#[test]
#[ignore = "needs wine in qemu: run cargo ci"]
fn the_runtime_for_windows_works_on_arm64_with_every_profile() {
    let sandbox = Sandbox::fixture("windows");
    let folders = ["release", "fat", "abort"].map(|profile| {
        let (from, to) = (build(&sandbox, profile).join("../../arm64/windows"), sandbox.root.join(profile));
        fs_err::rename(from, &to).unwrap();
        to
    });
    let [release, fat, abort] = folders.each_ref().map(|folder| folder.join("check.exe"));
    let gui = folders[0].join("gui.exe");
    let none: &[&str] = &[];
    let runs: [(&Utf8Path, &[&str]); 5] =
        [(&release, none), (&fat, none), (&gui, none), (&abort, &["panic"]), (&abort, &["thread-locals"])];
    let [release, fat, gui, panicked, locals] = windows_arm64::run_all(runs);
    assert_eq!((release.code, release.stdout.as_str()), (0, EXPECTED));
    assert_eq!((fat.code, fat.stdout.as_str()), (0, EXPECTED));
    assert_eq!(gui.code, 7, "{gui:?}");
    assert!(panicked.code != 0 && panicked.stderr.contains("asked to fail"), "{panicked:?}");
    assert!(!panicked.stdout.contains("dropped"), "{panicked:?}");
    assert!(locals.code == 0 && EXPECTED.contains(&locals.stdout), "{locals:?}");
}

/// What comes with Rust is enough, on a machine where nothing has been linked before.
#[test]
#[ignore = "needs wine: run cargo ci"]
fn windows_binaries_need_nothing_but_rust() {
    let (sandbox, wine) = (Sandbox::fixture("windows"), Wine::new());
    let mut dist = sandbox.command(&["dist"]);
    let rust = Utf8Path::new(env!("CARGO")).parent().unwrap();
    run(dist.env("PATH", rust).env("SIXFOLD_CACHE", sandbox.root.join("target/cache"))).succeeded();
    let gui = sandbox.dist_folder().join("stage/amd64/windows/gui.exe");
    assert_eq!(run(wine.command().arg(gui)).status.code(), Some(7));
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
