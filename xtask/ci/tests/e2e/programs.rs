//! The sample's programs, taken from its archive and run: natively, under qemu, under wine.

use std::io::Write;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;

use crate::image::{Variant, read_archive};
use crate::process::run;
use crate::sandbox::Sandbox;

/// One test, as all of it needs the template's archive, which is the longest build here.
#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_samples_programs_run_on_the_machines_they_are_for() {
    let sandbox = Sandbox::template();
    let image = read_archive(&sandbox.dist(&["--locked"]));
    for variant in image.values() {
        let page = &variant.entries["/ui/index.html"].content;
        assert!(String::from_utf8_lossy(page).contains("<script"), "the page was not built");
    }
    let [amd64, arm64] = ["linux/amd64", "linux/arm64"].map(|platform| &image[platform]);

    let native = Program::unpack(amd64, "/linux/");
    assert_report(&native.report(&mut native.command()), "linux", "amd64");

    let qemu = Program::unpack(arm64, "/linux/");
    assert_report(&qemu.report(Command::new("qemu-aarch64-static").arg(&qemu.path)), "linux", "arm64");

    let windows = Program::unpack(amd64, "/windows/");
    let wine = Wine::new();
    assert_report(&windows.report(wine.command().arg(&windows.path)), "windows", "amd64");
}

struct Program {
    path: Utf8PathBuf,
    _folder: TempDir,
}

impl Program {
    /// Writes the first program below `os` as the image holds it, mode included, into a folder of its own.
    fn unpack(variant: &Variant, os: &str) -> Program {
        let mut entries = variant.entries.iter();
        let (path, entry) = entries.find(|(path, _)| path.starts_with(os)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = Utf8Path::from_path(folder.path()).unwrap().join(path.rsplit('/').next().unwrap());
        let mut options = fs_err::OpenOptions::new();
        fs_err::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), entry.mode);
        options.open(&file).unwrap().write_all(&entry.content).unwrap();
        Program { path: file, _folder: folder }
    }

    fn command(&self) -> Command {
        Command::new(&self.path)
    }

    /// The one JSON object that the command prints.
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

/// Wine with a machine of its own, which ends with the value.
struct Wine {
    prefix: TempDir,
}

impl Wine {
    fn new() -> Wine {
        Wine { prefix: tempfile::tempdir().unwrap() }
    }

    fn command(&self) -> Command {
        self.program("wine")
    }

    /// Without a display, without messages, and without the offer to fetch Mono and Gecko.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.env("WINEPREFIX", self.prefix.path()).env("WINEDEBUG", "-all");
        command.env("WINEDLLOVERRIDES", "mscoree,mshtml=").env_remove("DISPLAY");
        command
    }
}

impl Drop for Wine {
    fn drop(&mut self) {
        // The programs that wine started in the background would outlive the test, and write into the folder.
        let _ = self.program("wineserver").args(["--kill", "--wait"]).status();
    }
}
