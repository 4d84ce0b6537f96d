//! Compiles the runtime with the author's rustc. Its sources are beside this crate's, in `windows-runtime/`.

use std::process::Command;

use anyhow::{Result, bail};
use camino::Utf8Path;
use fs_err as fs;

use sixfold_base::process;
use sixfold_model::matrix::Target;

/// File names and contents.
pub(super) const SOURCES: [(&str, &str); 5] = [
    ("lib.rs", include_str!("../../windows-runtime/lib.rs")),
    ("functions.rs", include_str!("../../windows-runtime/functions.rs")),
    ("start.rs", include_str!("../../windows-runtime/start.rs")),
    ("tls.rs", include_str!("../../windows-runtime/tls.rs")),
    ("unwind.rs", include_str!("../../windows-runtime/unwind.rs")),
];
/// rustc links std's unwinder by this name.
const LIBRARY: &str = "libunwind.a";
const SOURCE_FOLDER: &str = "runtime";

/// Compiles it into `dir`. `folder` decides which rustc runs, if rustup manages it.
pub(super) fn compile(dir: &Utf8Path, target: Target, folder: &Utf8Path) -> Result<()> {
    let sources = dir.join(SOURCE_FOLDER);
    fs::create_dir(&sources)?;
    SOURCES.iter().try_for_each(|(name, text)| fs::write(sources.join(name), text))?;
    let mut rustc = Command::new("rustc");
    rustc.args([
        "--crate-name",
        "unwind",
        "--crate-type",
        "lib",
        "--edition",
        "2024",
        "--target",
        target.triple(),
    ]);
    rustc.args([
        "-Copt-level=3",
        "-Cpanic=abort",
        "-Ccodegen-units=1",
        "-Cembed-bitcode=no",
        "-Cdebuginfo=0",
    ]);
    rustc.arg(format!("--remap-path-prefix={sources}=/sixfold"));
    rustc.arg("-o").arg(dir.join(LIBRARY)).arg(sources.join("lib.rs")).current_dir(folder);
    let output = process::capture(rustc, "compile the runtime for Windows")?;
    if !output.status.success() {
        bail!("rustc cannot compile the runtime for Windows:\n{}", output.tail());
    }
    Ok(fs::remove_dir_all(sources)?)
}
