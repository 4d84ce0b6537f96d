//! The first links for Windows on a new machine, with the version of zig that xtask installs and with others. Each version
//! is installed separately and starts with an empty cache. A version that cannot link is mentioned below the table.

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::sandbox::{Sandbox, remove};
use super::stopwatch::Sample;
use super::table::{Measured, Row};
use super::times::Times;
use crate::compatibility::project::WINDOWS;
use crate::{interrupt, process};

/// One version from each release series of the Python package.
const VERSIONS: [&str; 5] = ["0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.1"];
/// The one that xtask installs for C code.
const PINNED: &str = "0.15.2";

/// A version of zig, and how long its first links took in each run.
struct Version {
    name: &'static str,
    zig: Utf8PathBuf,
    times: Vec<Sample>,
    /// The error message, if it cannot link.
    failure: Option<String>,
}

pub(crate) fn all(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    let mut versions =
        VERSIONS.into_iter().map(|name| Version::install(sandbox, name)).collect::<Result<Vec<_>>>()?;
    for _ in 0..runs {
        versions.iter_mut().try_for_each(|version| version.measure(sandbox))?;
    }
    let ours = versions.iter().find(|version| version.name == PINNED).and_then(Version::times);
    let ours = ours.with_context(|| {
        format!(
            "zig {PINNED}, which xtask installs, is not in the list of versions or cannot link for Windows"
        )
    })?;
    let rows = versions.iter().filter(|version| version.name != PINNED).filter_map(|version| {
        Some(Row {
            what: format!("first links with zig {PINNED}, which xtask installs"),
            ours: ours.clone(),
            against: format!("with zig {}", version.name),
            theirs: version.times()?,
            limit: None,
        })
    });
    Ok(Some(Measured { rows: rows.collect(), notes: versions.iter().filter_map(Version::note).collect() }))
}

impl Version {
    /// Installs this version of the Python package, in a separate folder that is kept.
    fn install(sandbox: &Sandbox, name: &'static str) -> Result<Self> {
        let dir = sandbox.kept.join(format!("ziglang-{name}"));
        let zig = dir.join("ziglang").join(format!("zig{}", std::env::consts::EXE_SUFFIX));
        if !zig.is_file() {
            let mut pip = sandbox.command("python3")?;
            pip.args(["-m", "pip", "install", "--no-deps", "--only-binary", ":all:"]);
            process::run(pip.args(["--target", dir.as_str(), &format!("ziglang=={name}")]))?;
        }
        Ok(Self { name, zig, times: Vec::new(), failure: None })
    }

    /// Measures one run, unless this version has failed before.
    fn measure(&mut self, sandbox: &Sandbox) -> Result<()> {
        if self.failure.is_none() {
            match first_links(sandbox, self.name, &self.zig) {
                Ok(sample) => self.times.push(sample),
                Err(error) => {
                    interrupt::check()?;
                    self.failure = Some(key_line(&error));
                }
            }
        }
        Ok(())
    }

    fn times(&self) -> Option<Times> {
        (!self.times.is_empty()).then(|| self.times.iter().copied().collect())
    }

    fn note(&self) -> Option<String> {
        let failure = self.failure.as_ref()?;
        Some(format!("zig {} cannot link for Windows: `{failure}`.", self.name))
    }
}

/// Links an empty program for each target, in the same way as `dist`.
fn first_links(sandbox: &Sandbox, version: &str, zig: &Utf8Path) -> Result<Sample> {
    let cache = sandbox.temporary("zig-cold")?;
    remove(&cache)?;
    let source = sandbox.temporary("empty.rs")?;
    fs_err::write(&source, "fn main() {}\n")?;
    let links = linkers(sandbox, version, zig)?.into_iter().map(|(target, linker)| {
        let mut rustc = process::command("rustc", "install Rust with rustup")?;
        rustc.env_clear().envs(&sandbox.bare()?.env).env("ZIG_GLOBAL_CACHE_DIR", &cache);
        rustc.args(["--target", target, &format!("-Clinker={linker}"), "-o"]);
        rustc.arg(sandbox.temporary("empty.exe")?).arg(&source);
        sandbox.time(&format!("zig {version}, first link for {target}"), &mut rustc)
    });
    links.sum()
}

/// The scripts that xtask uses as linkers, by target. Each contains the path of the zig that it calls, which therefore does
/// not depend on the environment.
fn linkers(sandbox: &Sandbox, version: &str, zig: &Utf8Path) -> Result<Vec<(&'static str, String)>> {
    sandbox.build("sixfold-zig")?;
    let mut program = sandbox.command(sandbox.program("sixfold-zig")?.as_str())?;
    program.arg("wrappers").args(WINDOWS).env_clear().envs(&sandbox.bare()?.env);
    program.env("CARGO_ZIGBUILD_CACHE_DIR", sandbox.temporary("zig-wrappers")?);
    program.env("CARGO_ZIGBUILD_ZIG_COMMAND", zig).env("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", "");
    program.env("CARGO_ZIGBUILD_ZIG_VERSION", version);
    let wrappers: Value = serde_json::from_str(&process::read_stdout(&mut program)?)?;
    let linker = |target| {
        let linker =
            wrappers[target]["linker"].as_str().context("sixfold-zig prints no linker for this target")?;
        let script = fs_err::read_to_string(linker)?;
        ensure!(
            script.contains(zig.as_str()),
            "{linker} does not call {zig}, so another zig would be measured"
        );
        Ok((target, linker.to_owned()))
    };
    WINDOWS.into_iter().map(linker).collect()
}

/// The most useful line in the error of a failed link.
fn key_line(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let mut lines = text.lines().map(str::trim);
    let line =
        lines.clone().find(|line| line.contains("undefined")).or(lines.rfind(|line| line.contains("error")));
    line.unwrap_or("no message").trim_start_matches("= note: ").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_undefined_symbol_is_preferred() {
        let error =
            anyhow::anyhow!("error: linking failed\n  = note: lld: undefined symbol: f\nerror: aborting");
        assert_eq!(key_line(&error), "lld: undefined symbol: f");
    }
}
