//! Starts the system, which runs a script and ends.

use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::process;

use super::system::{System, pack};

/// It takes a quarter of a minute on a machine that does nothing else.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// What comes before the script. The terminal would change bytes of what programs write, so it gets hexadecimal digits.
const START: &str = "#!/usr/bin/busybox sh
/usr/bin/busybox --install -s /usr/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
hostname emulated
ifconfig lo 127.0.0.1 up
cd /tmp
export HOME=/tmp WINEPREFIX=/tmp/prefix WINEDEBUG=-all WINEDLLOVERRIDES=mscoree,mshtml= WINESERVER=/usr/lib/wine/wineserver64
PATH=/usr/bin:/usr/lib/wine
hex() { hexdump -v -e '1/1 \"%02x\"' \"$1\"; }
";
/// stty waits until the terminal has written everything. Otherwise a slow one loses its last lines.
const END: &str = "echo '=== end'\nstty -echo </dev/console\npoweroff -f\n";

/// Runs the script with the shell of busybox, as the first program. Returns what it printed. `files` are added below `/`, by name.
pub(super) fn boot(system: &System, script: &str, files: &[(String, Utf8PathBuf)]) -> Result<String> {
    let folder = tempfile::tempdir()?;
    let folder = Utf8Path::from_path(folder.path()).context("the temporary folder is not UTF-8")?;
    let initrd = folder.join("initrd");
    // The kernel unpacks one archive after the other.
    fs::copy(&system.files, &initrd)?;
    let added = folder.join("added");
    fs::create_dir(&added)?;
    for (name, path) in files {
        fs::copy(path, added.join(name))?;
    }
    let init = added.join("init");
    fs::write(&init, [START, script, END].concat())?;
    #[cfg(unix)]
    fs::set_permissions(&init, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    fs::OpenOptions::new().append(true).open(&initrd)?.write_all(&pack(&added)?)?;
    run(system, &initrd)
}

fn run(system: &System, initrd: &Utf8Path) -> Result<String> {
    let mut qemu = Command::new("qemu-system-aarch64");
    qemu.args(["-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "4096", "-nographic", "-net", "none"]);
    qemu.arg("-no-reboot").arg("-kernel").arg(&system.kernel).arg("-initrd").arg(initrd);
    qemu.args(["-append", "console=ttyAMA0 rdinit=/init quiet panic=-1"]);
    let output = process::capture_within(qemu, "emulate a machine for arm64", TIMEOUT)?;
    let output = output.context("the emulated machine does not end")?;
    let shown = output.stdout.replace('\r', "");
    ensure!(
        output.status.success() && shown.contains("\n=== end\n"),
        "the emulated machine did not finish:\n{shown}\n{}",
        output.stderr
    );
    Ok(shown)
}
