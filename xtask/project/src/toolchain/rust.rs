//! The Rust toolchain: which compiler it is, which targets it can compile for, and where its linker is.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::process;
use sixfold_model::matrix::Target;

/// The toolchain that cargo uses in this project.
#[derive(Clone, Debug)]
pub struct Rust {
    /// Such as `1.95.0`.
    pub version: String,
    /// The triple of this machine.
    pub host: String,
    pub sysroot: Utf8PathBuf,
    /// Those of the six targets whose standard library is installed.
    pub installed: BTreeSet<Target>,
    rust_lld: Option<Utf8PathBuf>,
}

impl Rust {
    /// Asks the `rustc` that runs in this folder, which a rust-toolchain.toml there may choose.
    pub fn find(folder: &Utf8Path) -> Result<Self> {
        // At the same time: with rustup, each call takes longer to start than to answer.
        let (verbose, sysroot) = thread::scope(|scope| {
            let sysroot = scope.spawn(|| ask(folder, &["--print", "sysroot"]));
            (ask(folder, &["-vV"]), sysroot.join().expect("it does not panic"))
        });
        let (verbose, sysroot) = (verbose?, Utf8PathBuf::from(sysroot?.trim()));
        let field = |name: &str| verbose.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        let (Some(version), Some(host)) = (field("release:"), field("host:")) else {
            bail!("`rustc -vV` prints neither release nor host:\n{verbose}");
        };
        let has_std =
            |target: &Target| sysroot.join("lib/rustlib").join(target.triple()).join("lib").is_dir();
        let installed = Target::all().filter(has_std).collect();
        let rust_lld = find_lld(&sysroot, host);
        Ok(Self { version: version.to_owned(), host: host.to_owned(), sysroot, installed, rust_lld })
    }

    /// The linker of the linux and darwin targets. Fails when it is not installed.
    pub fn rust_lld(&self) -> Result<&Utf8Path> {
        self.rust_lld.as_deref().with_context(|| {
            format!(
                "rust-lld, which links linux and darwin, is not in {}\n\
                 help: install Rust with rustup, which includes it",
                self.sysroot
            )
        })
    }
}

fn ask(folder: &Utf8Path, args: &[&str]) -> Result<String> {
    let mut rustc = Command::new("rustc");
    rustc.args(args).current_dir(folder);
    process::read(rustc, "ask the Rust compiler for its version; install Rust with rustup")
}

/// The linker that rustup installs with every compiler. rustc looks for it there, then on the PATH.
fn find_lld(sysroot: &Utf8Path, host: &str) -> Option<Utf8PathBuf> {
    let name = format!("rust-lld{}", std::env::consts::EXE_SUFFIX);
    let own = sysroot.join("lib/rustlib").join(host).join("bin").join(name);
    let on_path = || Utf8PathBuf::try_from(which::which("rust-lld").ok()?).ok();
    if own.is_file() { Some(own) } else { on_path() }
}
