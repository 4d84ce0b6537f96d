//! Zig, which links windows, and compiles C for every target: found on this machine or installed, pinned.

use std::env;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use xshell::{Shell, cmd};

use sixfold_base::cache;
use sixfold_base::process;

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
    /// Not on this machine: it has to be installed.
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
pub const PYTHONS: [&str; 3] = ["python3", "python", "py"];

/// Python's name on this machine: the first that runs, since Windows has a `python3` that only points to its store.
fn python(sh: &Shell) -> Option<&'static str> {
    PYTHONS.into_iter().find(|name| ask(sh, name, &["--version"]).is_some())
}

/// What the program says to that; `None` when it is not there or fails.
pub fn ask(sh: &Shell, program: &str, args: &[&str]) -> Option<String> {
    which::which(program).ok()?;
    let output = process::capture(cmd!(sh, "{program} {args...}"), "look for Python").ok()?;
    output.status.success().then(|| output.stdout.trim().to_owned())
}

pub fn installed_dir() -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join(format!("ziglang-{PINNED}")))
}

pub fn program_in(dir: &Utf8Path) -> Utf8PathBuf {
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
