//! Installs zig through pip.

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use semver::Version;
use sixfold_base::{cache, disk, process};
use sixfold_project::toolchain::zig::{PINNED, PYTHONS, Zig, ask, installed_dir, program_in};
use xshell::{Shell, cmd};

/// A Python 3 that has pip.
pub(crate) struct Pip {
    pub python: &'static str,
    /// As it says itself.
    pub version: String,
}

impl Pip {
    /// The first there is: where several Pythons are installed, not all need have pip.
    pub(crate) fn find(sh: &Shell) -> Option<Self> {
        let pip = |python| {
            let version = ask(sh, python, &["-m", "pip", "--version"])?;
            version.contains("(python 3").then_some(Self { python, version })
        };
        PYTHONS.into_iter().find_map(pip)
    }
}

/// The Python that installs the pinned zig, which is needed to do `purpose`. Fails with what is missing for that.
pub(crate) fn installer(sh: &Shell, purpose: &str, offline: bool) -> Result<Pip> {
    let help = help();
    if offline {
        bail!(
            "zig is needed to {purpose}, is not on this machine, and --offline forbids fetching it: drop --offline once, {help}"
        );
    }
    Pip::find(sh).with_context(|| {
        format!(
            "zig is needed to {purpose}, and is installed through Python 3 with pip, which is missing: install Python 3 \
             with pip, {help}"
        )
    })
}

fn help() -> String {
    format!("or install zig 0.13 to 0.15 yourself, for instance by `pip install ziglang=={PINNED}`")
}

/// Installs the pinned zig into the cache folder, showing pip's progress.
pub(crate) fn install(sh: &Shell, purpose: &str, pip: &Pip) -> Result<Zig> {
    let (python, package, help) = (pip.python, format!("ziglang=={PINNED}"), help());
    let dir = installed_dir()?;
    let is_whole = |dir: &Utf8Path| program_in(dir).is_file();
    cache::once(&dir, is_whole, |partial| {
        let pip = cmd!(
            sh,
            "{python} -m pip install --no-deps --only-binary :all: --disable-pip-version-check --target {partial} {package}"
        );
        let needed =
            || format!("zig is needed to {purpose}; check that {python} has pip and is online, {help}");
        let shown = process::show(pip, "install zig").with_context(needed);
        shown.map_err(|error| disk::blame(error, partial))
    })?;
    Ok(Zig { program: program_in(&dir).into_string(), args: Vec::new(), version: Version::parse(PINNED)? })
}
