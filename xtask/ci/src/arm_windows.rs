//! A small system for arm64 with wine, for the end-to-end tests: they run the Windows binaries for arm64 in it, in
//! `qemu-system-aarch64`. It is a kernel and a file system for memory, both from Debian packages, which are unpacked without being
//! installed. It is made once per machine and kept in the cache folder.
//!
//! A system is needed because wine does not start in qemu's user mode.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::cache;
use walkdir::WalkDir;

use crate::process;

/// Change it when the content changes.
const NAME: &str = "wine-arm64-1";
/// The environment variable that tells the tests where the system is.
pub(crate) const VARIABLE: &str = "E2E_WINE_ARM64";
const SUITE: &str = "trixie";
const PACKAGES: &str = "wine,wine64,dash,coreutils,klibc-utils,linux-image-arm64";
/// Parts of the packages that nothing here uses, among them the DLLs of other architectures.
const UNUSED: [&str; 7] = [
    "usr/lib/aarch64-linux-gnu/wine/i386-windows",
    "usr/lib/aarch64-linux-gnu/wine/x86_64-windows",
    "usr/lib/modules",
    "usr/share/doc",
    "usr/share/locale",
    "boot",
    "var",
];

/// The folder with the files `vmlinuz` and `root.cpio`. Makes it unless it exists.
pub(crate) fn system() -> Result<Utf8PathBuf> {
    let dir = cache::dir()?.join(NAME);
    cache::once(&dir, Utf8Path::is_dir, make)
        .context("cannot make the system for arm64 that runs Windows binaries")?;
    Ok(dir)
}

fn make(dir: &Utf8Path) -> Result<()> {
    eprintln!("making a small system for arm64 with wine: once per machine, about two minutes");
    let root = dir.join("root");
    let mut unpack = Command::new("mmdebstrap");
    unpack.args(["--quiet", "--variant=extract", "--arch=arm64", &format!("--include={PACKAGES}"), SUITE]);
    process::run(unpack.arg(&root))?;
    let kernel =
        root.join("boot").read_dir_utf8()?.flatten().find(|it| it.file_name().starts_with("vmlinuz-"));
    fs::copy(kernel.context("the package of the kernel has no kernel")?.path(), dir.join("vmlinuz"))?;
    UNUSED.iter().try_for_each(|path| fs::remove_dir_all(root.join(path)))?;
    for name in ["bin", "lib", "sbin"].iter().filter(|name| !root.join(name).exists()) {
        let mut link = Command::new("ln");
        process::run(link.args(["-s", &format!("usr/{name}"), root.join(name).as_str()]))?;
    }
    ["proc", "dev", "tmp"].iter().try_for_each(|name| fs::create_dir_all(root.join(name)))?;
    pack(&root, &dir.join("root.cpio"))?;
    Ok(fs::remove_dir_all(root)?)
}

/// Writes a folder as the kernel reads it.
fn pack(folder: &Utf8Path, archive: &Utf8Path) -> Result<()> {
    let list = tempfile::NamedTempFile::new()?;
    let mut names = String::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        let entry = entry?;
        names.push_str(&format!("{}\n", entry.path().strip_prefix(folder)?.display()));
    }
    fs::write(list.path(), names)?;
    let mut cpio = Command::new("cpio");
    cpio.args(["--create", "--format=newc", "--quiet"]).current_dir(folder);
    cpio.stdin(list.reopen()?).stdout(Stdio::from(fs::File::create(archive)?.into_file()));
    let status = cpio.status().context("cannot run cpio")?;
    ensure!(status.success(), "cpio cannot write {archive}");
    Ok(())
}
