//! Zig, which links windows, and compiles C for every target: found on this machine or installed, pinned.

use std::env;

use anyhow::{Context as _, Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use xshell::{Shell, cmd};

use super::cache;
use crate::{disk, process};

/// The version that is installed when none is found, and by which all that is tested here is linked and compiled. How long
/// it and others take for their first link: docs/performance.md.
pub const PINNED: &str = "0.15.2";

/// A zig that can be used, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zig {
    pub program: String,
    pub args: Vec<String>,
    pub version: Version,
}

/// Where the plan gets zig from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Found(Zig),
    /// Not on this machine: [`install`] puts the pinned version there.
    Install,
}

impl Source {
    pub fn describe(&self) -> String {
        match self {
            Self::Found(zig) => format!("zig {} ({})", zig.version, shell_words::join(zig.command())),
            Self::Install => format!("zig {PINNED}, to be installed from the Python package ziglang"),
        }
    }
}

impl Zig {
    pub fn command(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.program.as_str()).chain(self.args.iter().map(String::as_str))
    }

    /// The zig that runs as these words; `None` when there is none, or none of a version that links all targets.
    fn at(sh: &Shell, program: &str, args: &[&str]) -> Option<Self> {
        which::which(program).ok()?;
        let output =
            process::capture(cmd!(sh, "{program} {args...} version"), "ask zig for its version").ok()?;
        let version = Version::parse(output.stdout.trim()).ok()?;
        let sound = output.status.success() && is_sound(&version);
        sound.then(|| Self {
            program: program.to_owned(),
            args: args.iter().map(ToString::to_string).collect(),
            version,
        })
    }
}

/// Whether this version is known to link windows and to compile C for all targets. Later ones link the sample, but users of
/// cargo-zigbuild met symbols that 0.16 leaves undefined
/// (<https://github.com/rust-cross/cargo-zigbuild/issues/438>), and C code was not tried with them here.
fn is_sound(version: &Version) -> bool {
    version.major == 0 && (13..16).contains(&version.minor)
}

/// Looks for a usable zig: `CARGO_ZIGBUILD_ZIG_PATH` alone if it is set, else the one installed here before, `zig`, and
/// `python3 -m ziglang`. Fails only when the variable names something that cannot be used.
pub fn find(sh: &Shell) -> Result<Source> {
    if let Ok(path) = env::var("CARGO_ZIGBUILD_ZIG_PATH") {
        return match Zig::at(sh, &path, &[]) {
            Some(zig) => Ok(Source::Found(zig)),
            None => {
                bail!("CARGO_ZIGBUILD_ZIG_PATH={path} is no zig from 0.13 to 0.15: unset it, or name one")
            }
        };
    }
    let installed = program_in(&installed_dir()?);
    if installed.is_file() {
        let version = Version::parse(PINNED)?;
        return Ok(Source::Found(Zig { program: installed.into_string(), args: Vec::new(), version }));
    }
    let found = Zig::at(sh, "zig", &[]).or_else(|| Zig::at(sh, python(sh)?, &["-m", "ziglang"]));
    Ok(found.map_or(Source::Install, Source::Found))
}

/// What Python may be called.
const PYTHONS: [&str; 3] = ["python3", "python", "py"];

/// Python's name on this machine: the first that runs, since Windows has a `python3` that only points to its store.
fn python(sh: &Shell) -> Option<&'static str> {
    PYTHONS.into_iter().find(|name| ask(sh, name, &["--version"]).is_some())
}

/// A Python 3 that has pip.
pub struct Pip {
    pub python: &'static str,
    /// As it says itself.
    pub version: String,
}

impl Pip {
    /// The first there is: where several Pythons are installed, not all need have pip.
    pub fn find(sh: &Shell) -> Option<Self> {
        let pip = |python| {
            let version = ask(sh, python, &["-m", "pip", "--version"])?;
            version.contains("(python 3").then_some(Self { python, version })
        };
        PYTHONS.into_iter().find_map(pip)
    }
}

/// What the program says to that; `None` when it is not there or fails.
fn ask(sh: &Shell, program: &str, args: &[&str]) -> Option<String> {
    which::which(program).ok()?;
    let output = process::capture(cmd!(sh, "{program} {args...}"), "look for Python").ok()?;
    output.status.success().then(|| output.stdout.trim().to_owned())
}

/// The Python that installs the pinned zig, which is needed to do `purpose`. Fails with what is missing for that.
pub fn installer(sh: &Shell, purpose: &str, offline: bool) -> Result<Pip> {
    let mend = mend();
    if offline {
        bail!(
            "zig is needed to {purpose}, is not on this machine, and --offline forbids fetching it: drop --offline once, {mend}"
        );
    }
    Pip::find(sh).with_context(|| {
        format!(
            "zig is needed to {purpose}, and is installed through Python 3 with pip, which is missing: install Python 3 \
             with pip, {mend}"
        )
    })
}

fn mend() -> String {
    format!("or install zig 0.13 to 0.15 yourself, for instance by `pip install ziglang=={PINNED}`")
}

/// Installs the pinned zig into the cache folder, showing pip's progress.
pub fn install(sh: &Shell, purpose: &str, pip: &Pip) -> Result<Zig> {
    let (python, package, mend) = (pip.python, format!("ziglang=={PINNED}"), mend());
    let dir = installed_dir()?;
    let is_whole = |dir: &Utf8Path| program_in(dir).is_file();
    cache::once(&dir, is_whole, |partial| {
        let pip = cmd!(
            sh,
            "{python} -m pip install --no-deps --only-binary :all: --disable-pip-version-check --target {partial} {package}"
        );
        let needed =
            || format!("zig is needed to {purpose}; check that {python} has pip and is online, {mend}");
        let shown = process::show(pip, "install zig").with_context(needed);
        shown.map_err(|error| disk::blame(error, partial))
    })?;
    Ok(Zig { program: program_in(&dir).into_string(), args: Vec::new(), version: Version::parse(PINNED)? })
}

fn installed_dir() -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join(format!("ziglang-{PINNED}")))
}

fn program_in(dir: &Utf8Path) -> Utf8PathBuf {
    dir.join("ziglang").join(format!("zig{}", env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_link_windows_are_used() {
        let sound = |text: &str| is_sound(&Version::parse(text).unwrap());
        assert!(sound(PINNED) && sound("0.13.0"));
        assert!(!sound("0.16.0") && !sound("0.17.1") && !sound("0.12.1"));
    }
}
