//! Runs Windows binaries for arm64: with wine, in a small system that qemu emulates. `cargo ci` makes that system.

use std::io::Write as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::process::run;

/// The first program of the system. It runs each binary and prints its output after a line with its number.
const INIT: &str = "#!/bin/dash
export PATH=/usr/bin:/usr/lib/klibc/bin:/usr/lib/wine
mount -t proc proc /proc; mount -t devtmpfs dev /dev; mount -t tmpfs tmp /tmp; cd /tmp
export HOME=/tmp WINEPREFIX=/tmp/prefix WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml=
wine64 wineboot --init >/dev/null 2>&1
for number in 0 1 2 3 4; do
  [ -e /$number.exe ] || break
  # A terminal would get wine's control sequences.
  wine64 /$number.exe >out 2>err
  code=$?
  echo; echo \"=== $number: $code\"; cat out
done
echo; echo \"=== end\"
poweroff
";

/// The exit code and the output of each binary, which is run without arguments.
pub(crate) fn run_all(binaries: &[&Utf8Path]) -> Vec<(i32, String)> {
    let system = std::env::var("E2E_WINE_ARM64").expect("no E2E_WINE_ARM64: run `cargo ci --only e2e`");
    let system = Utf8PathBuf::from(system);
    let folder = tempfile::tempdir().unwrap();
    let folder = Utf8Path::from_path(folder.path()).unwrap();
    let added = added_files(&folder.join("added"), binaries);
    let initrd = folder.join("initrd");
    // The kernel unpacks one archive after the other.
    let mut file = fs_err::File::create(&initrd).unwrap();
    std::io::copy(&mut fs_err::File::open(system.join("root.cpio")).unwrap(), &mut file).unwrap();
    file.write_all(&added).unwrap();
    let mut qemu = Command::new("qemu-system-aarch64");
    qemu.args(["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "6144", "-nographic", "-net", "none"]);
    qemu.args(["-no-reboot", "-kernel", system.join("vmlinuz").as_str(), "-initrd", initrd.as_str()]);
    qemu.args(["-append", "console=ttyAMA0 rdinit=/init quiet panic=-1"]);
    let said = run(&mut qemu).succeeded().stdout.replace('\r', "");
    assert!(said.contains("\n=== end\n"), "{said}");
    let parts = said.split("\n=== ").skip(1).take(binaries.len());
    parts
        .map(|part| part.split_once('\n').unwrap())
        .map(|(head, output)| (code(head), output.to_owned()))
        .collect()
}

/// The exit code in `0: 3`.
fn code(head: &str) -> i32 {
    head.split_once(": ").unwrap().1.parse().unwrap()
}

/// An archive with the first program and the binaries.
fn added_files(folder: &Utf8Path, binaries: &[&Utf8Path]) -> Vec<u8> {
    fs_err::create_dir(folder).unwrap();
    let mut options = fs_err::OpenOptions::new();
    fs_err::os::unix::fs::OpenOptionsExt::mode(options.write(true).create_new(true), 0o755);
    options.open(folder.join("init")).unwrap().write_all(INIT.as_bytes()).unwrap();
    let mut names = "init\n".to_owned();
    for (number, binary) in binaries.iter().enumerate() {
        fs_err::copy(binary, folder.join(format!("{number}.exe"))).unwrap();
        names.push_str(&format!("{number}.exe\n"));
    }
    let mut cpio = Command::new("cpio");
    cpio.args(["--create", "--format=newc", "--quiet"]).current_dir(folder);
    let mut child = cpio.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(names.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    output.stdout
}
