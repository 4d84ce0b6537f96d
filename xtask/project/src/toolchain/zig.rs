//! Zig, which links the windows targets and compiles C for every target: the one on this machine, or a pinned version to
//! be installed.

use std::collections::BTreeMap;
use std::env;
use std::process::Command;

use anyhow::{Result, bail};
use camino::{Utf8Path, Utf8PathBuf};
use semver::Version;
use serde::{Deserialize, Serialize};

use sixfold_base::cache;
use sixfold_base::process;

/// The version that is installed when none is found. Everything that is tested here is linked and compiled by it. How long
/// this and other versions take for their first link: docs/performance.md.
pub const PINNED: &str = "0.15.2";

/// A zig that can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zig {
    pub program: String,
    /// What comes before zig's own arguments, such as `-m ziglang`.
    pub args: Vec<String>,
    pub version: Version,
}

/// Where the plan gets zig from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Found(Zig),
    /// Not on this machine: [`PINNED`] has to be installed.
    Install,
}

/// What cargo needs to use zig for one target. The crate `sixfold-zig` writes it.
#[derive(Debug, Deserialize, Serialize)]
pub struct Wrappers {
    /// A script that runs `zig cc` as a linker.
    pub linker: Utf8PathBuf,
    /// Zig's name of the target, for instance `aarch64-macos.11.0`.
    pub zig_target: String,
    /// Environment variables for build scripts that compile C. Empty if none does.
    pub variables: BTreeMap<String, String>,
    /// A folder for the `PATH` of build scripts that compile Windows resources. `None` if none does.
    pub windres: Option<Utf8PathBuf>,
}

/// The wrappers by target triple.
pub type WrapperSet = BTreeMap<String, Wrappers>;

impl Source {
    pub fn describe(&self) -> String {
        match self {
            Self::Found(zig) => format!("zig {} ({})", zig.version, shell_words::join(zig.command())),
            Self::Install => format!("zig {PINNED}, to be installed from the Python package ziglang"),
        }
    }
}

impl Zig {
    /// The words that start it.
    fn command(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.program.as_str()).chain(self.args.iter().map(String::as_str))
    }

    /// The zig that these words start. `None` when there is none, or only a version that cannot be used.
    fn at(program: &str, args: &[&str]) -> Option<Self> {
        let version = Version::parse(&ask(program, &[args, &["version"]].concat())?).ok()?;
        is_supported(&version).then(|| Self {
            program: program.to_owned(),
            args: args.iter().map(ToString::to_string).collect(),
            version,
        })
    }
}

/// True for versions that are known to link windows and to compile C for all targets. Later ones link the sample, but users
/// of cargo-zigbuild met symbols that 0.16 leaves undefined
/// (<https://github.com/rust-cross/cargo-zigbuild/issues/438>), and C code was not tried with them here.
fn is_supported(version: &Version) -> bool {
    version.major == 0 && (13..16).contains(&version.minor)
}

/// Looks for a usable zig. If `CARGO_ZIGBUILD_ZIG_PATH` is set, only that one counts. Otherwise the first of these: the one
/// that was installed here before, `zig`, and `python3 -m ziglang`.
///
/// Fails only when the variable names something that cannot be used.
pub fn find() -> Result<Source> {
    if let Ok(path) = env::var("CARGO_ZIGBUILD_ZIG_PATH") {
        let Some(zig) = Zig::at(&path, &[]) else {
            bail!(
                "CARGO_ZIGBUILD_ZIG_PATH={path} is not a zig from 0.13 to 0.15\n\
                 help: unset it, or set it to such a zig"
            )
        };
        return Ok(Source::Found(zig));
    }
    let installed = program_in(&installed_dir()?);
    if installed.is_file() {
        let version = Version::parse(PINNED)?;
        return Ok(Source::Found(Zig { program: installed.into_string(), args: Vec::new(), version }));
    }
    let found = Zig::at("zig", &[]).or_else(|| Zig::at(find_python()?, &["-m", "ziglang"]));
    Ok(found.map_or(Source::Install, Source::Found))
}

/// The names that Python may have.
pub const PYTHONS: [&str; 3] = ["python3", "python", "py"];

/// The first Python that runs: on Windows, `python3` may be a stub that only opens the store.
fn find_python() -> Option<&'static str> {
    PYTHONS.into_iter().find(|name| ask(name, &["--version"]).is_some())
}

/// What the program prints, trimmed. `None` when it is not on this machine, or fails.
pub fn ask(program: &str, args: &[&str]) -> Option<String> {
    let mut command = Command::new(which::which(program).ok()?);
    command.args(args);
    let output = process::capture(command, &format!("ask {program} for its version")).ok()?;
    output.status.success().then(|| output.stdout.trim().to_owned())
}

/// The folder in the cache that the pinned version is installed into.
pub fn installed_dir() -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join(format!("ziglang-{PINNED}")))
}

/// The folder in the cache of zig's C++ library. It exists once C++ has been compiled. `target` is zig's name of the target.
pub fn cpp_library_dir(zig_version: &str, target: &str) -> Result<Utf8PathBuf> {
    Ok(cache::dir()?.join(format!("cxx-{zig_version}-{target}")))
}

/// Where the Python package puts zig.
pub fn program_in(dir: &Utf8Path) -> Utf8PathBuf {
    dir.join("ziglang").join(format!("zig{}", env::consts::EXE_SUFFIX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_that_link_windows_are_used() {
        let supported = |text: &str| is_supported(&Version::parse(text).unwrap());
        assert!(supported(PINNED) && supported("0.13.0"));
        assert!(!supported("0.16.0") && !supported("0.17.1") && !supported("0.12.1"));
    }
}
