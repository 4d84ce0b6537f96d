//! The Rust toolchain: which compiler, which targets it can compile for, and how more are added.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use xshell::{Shell, cmd};

use sixfold_base::process;
use sixfold_model::matrix::Target;

/// The toolchain that cargo uses in this project.
#[derive(Clone, Debug)]
pub struct Rust {
    /// As in `1.95.0`.
    pub version: String,
    /// The triple of this machine.
    pub host: String,
    pub sysroot: Utf8PathBuf,
    /// Those of the six targets whose standard library is installed.
    pub installed: BTreeSet<Target>,
    rust_lld: Option<Utf8PathBuf>,
}

impl Rust {
    /// Asks `rustc` in the shell's folder, so that a rust-toolchain.toml counts.
    pub fn find(sh: &Shell) -> Result<Self> {
        let purpose = "ask the Rust compiler for its version; install Rust with rustup";
        let verbose = process::read(cmd!(sh, "rustc -vV"), purpose)?;
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let sysroot = Utf8PathBuf::from(process::read(cmd!(sh, "rustc --print sysroot"), purpose)?.trim());
        let (Some(version), Some(host)) = (field("release:"), field("host:")) else {
            bail!("`rustc -vV` says neither release nor host:\n{verbose}");
        };
        let has_std =
            |target: &Target| sysroot.join("lib/rustlib").join(target.triple()).join("lib").is_dir();
        let installed = Target::all().filter(has_std).collect();
        let rust_lld = find_lld(&sysroot, host);
        Ok(Self { version: version.to_owned(), host: host.to_owned(), sysroot, installed, rust_lld })
    }

    /// The linker of linux and darwin; fails with what brings it.
    pub fn rust_lld(&self) -> Result<&Utf8Path> {
        self.rust_lld.as_deref().with_context(|| {
            format!(
                "rust-lld links linux and darwin, and is not in {}: install Rust with rustup, which brings it",
                self.sysroot
            )
        })
    }
}

/// The linker that rustup installs with every compiler. rustc looks for it there, then on the PATH.
fn find_lld(sysroot: &Utf8Path, host: &str) -> Option<Utf8PathBuf> {
    let name = format!("rust-lld{}", std::env::consts::EXE_SUFFIX);
    let own = sysroot.join("lib/rustlib").join(host).join("bin").join(name);
    let elsewhere = || Utf8PathBuf::try_from(which::which("rust-lld").ok()?).ok();
    if own.is_file() { Some(own) } else { elsewhere() }
}
