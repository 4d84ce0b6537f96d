//! The sample's host binaries, taken from its archive and run: natively, with qemu, with wine, and with both.

use std::io::Write;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;

use crate::image::{Variant, read_archive};
use crate::process::run;
use crate::sandbox::Sandbox;
use crate::windows_arm64;
use crate::wine::Wine;

/// `ET_DYN`, the type of an ELF file that can be loaded at any address.
const SHARED: u8 = 3;

/// A single test, because every part needs the archive of this repository, which takes longest to build.
#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_samples_binaries_run_on_their_hosts() {
    let sandbox = Sandbox::this_repository();
    let plan: Value =
        serde_json::from_str(&sandbox.xtask(&["plan", "--format", "json"]).succeeded().stdout).unwrap();
    assert_eq!(plan["zig"], Value::Null);
    for target in plan["targets"].as_array().unwrap() {
        assert_eq!(target["linker"], "rust-lld", "{target}");
    }
    let image = read_archive(&sandbox.dist(&["--locked"]));
    for variant in image.values() {
        let ui = &variant.entries["/ui/index.html"].content;
        assert!(String::from_utf8_lossy(ui).contains("<script"), "the UI was not built");
    }
    let [amd64, arm64] = ["linux/amd64", "linux/arm64"].map(|platform| &image[platform]);

    for variant in [amd64, arm64] {
        let binary = fs_err::read(Binary::unpack(variant, "/linux/").path).unwrap();
        assert_eq!(binary[16], SHARED, "it can be loaded at any address");
    }
    let native = Binary::unpack(amd64, "/linux/");
    assert_report(&native.report(&mut native.command()), "linux", "amd64");

    let qemu = Binary::unpack(arm64, "/linux/");
    assert_report(&qemu.report(Command::new("qemu-aarch64-static").arg(&qemu.path)), "linux", "arm64");

    let windows = Binary::unpack(amd64, "/windows/");
    let wine = Wine::new();
    assert_report(&windows.report(wine.command().arg(&windows.path)), "windows", "amd64");

    let windows = Binary::unpack(arm64, "/windows/");
    let [ran] = windows_arm64::run_all([(&windows.path, &[])]);
    assert_report(&serde_json::from_str(&ran.stdout).unwrap(), "windows", "arm64");
}

struct Binary {
    path: Utf8PathBuf,
    _folder: TempDir,
}

impl Binary {
    /// Writes the first binary below `os` to a new folder, with the mode that it has in the image.
    fn unpack(variant: &Variant, os: &str) -> Binary {
        let mut entries = variant.entries.iter();
        let (path, entry) = entries.find(|(path, _)| path.starts_with(os)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join(path.rsplit('/').next().unwrap());
        let mut options = fs_err::OpenOptions::new();
        fs_err::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), entry.mode);
        options.open(&file).unwrap().write_all(&entry.content).unwrap();
        Binary { path: file, _folder: folder }
    }

    fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// The JSON object that the command prints.
    fn report(&self, command: &mut Command) -> Value {
        let done = run(command).succeeded();
        serde_json::from_str(&done.stdout).unwrap_or_else(|error| panic!("{error}: {}", done.stdout))
    }
}

fn assert_report(report: &Value, os: &str, arch: &str) {
    assert_eq!(report["schema"], 1, "{report}");
    assert_eq!(report["os"], os, "{report}");
    assert_eq!(report["arch"], arch, "{report}");
    assert_eq!(report["machine_arch"], arch, "{report}");
    assert_eq!(report["translated"], false, "{report}");
    for text in ["hostname", "os_version"] {
        assert!(report[text].as_str().is_some_and(|value| !value.is_empty()), "{text}: {report}");
    }
    for number in ["/cpu/count", "/memory/total_bytes", "/memory/available_bytes", "/uptime_seconds"] {
        assert!(
            report.pointer(number).and_then(Value::as_u64).is_some_and(|value| value > 0),
            "{number}: {report}"
        );
    }
    let usage = report.pointer("/cpu/usage_percent").and_then(Value::as_f64);
    assert!(usage.is_some_and(|usage| (0.0..=100.0).contains(&usage)), "{report}");
    assert!(report["disks"].is_array() && report.pointer("/swap/total_bytes").is_some(), "{report}");
}
