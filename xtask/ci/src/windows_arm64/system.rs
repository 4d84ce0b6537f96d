//! The system: a kernel, and a file system with wine that the kernel keeps in memory. Both are made of Debian packages, once per
//! machine, and kept in the cache folder.

use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use sixfold_base::cache;
use walkdir::WalkDir;

use super::apt::Apt;

/// Change it when the content changes.
const NAME: &str = "windows-arm64-1";
/// What programs without windows need. The C library loads libgcc_s when a thread ends.
const PACKAGES: [&str; 5] = ["busybox-static", "libc6", "libgcc-s1", "libwine", "wine64"];
/// The package that depends on the current kernel.
const KERNEL: &str = "linux-image-arm64";
/// What programs without windows do not need. The modules are for devices that the emulated machine does not have.
const UNUSED: [&str; 3] = ["boot", "usr/lib/modules", "usr/share/doc"];

/// The kernel and the file system.
pub(crate) struct System {
    pub kernel: Utf8PathBuf,
    pub files: Utf8PathBuf,
}

impl System {
    fn at(dir: &Utf8Path) -> Self {
        Self { kernel: dir.join("vmlinuz"), files: dir.join("files.cpio") }
    }
}

/// Makes it unless it exists.
pub(crate) fn system() -> Result<System> {
    let dir = cache::dir()?.join(NAME);
    cache::once(&dir, Utf8Path::is_dir, make)
        .context("cannot make the system for arm64 that runs Windows binaries")?;
    Ok(System::at(&dir))
}

fn make(dir: &Utf8Path) -> Result<()> {
    eprintln!("making a small system for arm64 with wine, once per machine");
    let root = dir.join("root");
    unpack(dir, &root)?;
    fs::write(System::at(dir).files, pack(&root)?)?;
    Ok(fs::remove_dir_all(root)?)
}

/// Downloads the packages and unpacks what is used of them into `root`, and the kernel beside it.
fn unpack(dir: &Utf8Path, root: &Utf8Path) -> Result<()> {
    let downloads = dir.join("apt");
    fs::create_dir(root)?;
    let apt = Apt::new(downloads.clone())?;
    let kernel = apt.dependency(KERNEL)?;
    apt.unpack(&[&PACKAGES[..], &[&kernel]].concat(), root)?;
    let mut boot = root.join("boot").read_dir_utf8()?.flatten();
    let image = boot.find(|it| it.file_name().starts_with("vmlinuz-"));
    fs::copy(image.with_context(|| format!("{kernel} has no kernel"))?.path(), System::at(dir).kernel)?;
    UNUSED.iter().try_for_each(|path| fs::remove_dir_all(root.join(path)))?;
    ["proc", "dev", "tmp"].iter().try_for_each(|name| fs::create_dir_all(root.join(name)))?;
    #[cfg(unix)]
    fs::os::unix::fs::symlink("usr/lib", root.join("lib"))?;
    Ok(fs::remove_dir_all(downloads)?)
}

/// The content of a folder, as the kernel reads it.
pub(super) fn pack(folder: &Utf8Path) -> Result<Vec<u8>> {
    let mut names = String::new();
    for entry in WalkDir::new(folder).min_depth(1).sort_by_file_name() {
        names.push_str(&format!("{}\n", entry?.path().strip_prefix(folder)?.display()));
    }
    let list = tempfile::NamedTempFile::new()?;
    fs::write(list.path(), names)?;
    let mut cpio = Command::new("cpio");
    cpio.args(["--create", "--format=newc", "--quiet"]).current_dir(folder);
    let output = cpio.stdin(Stdio::from(list.reopen()?)).output().context("cannot run cpio")?;
    ensure!(
        output.status.success(),
        "cpio cannot pack {folder}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(output.stdout)
}
