//! The first links for windows by the zig that xtask uses, against that by other versions: what every new machine pays.
//! Each version is installed by itself and starts with an empty cache; a version that cannot link is noted.

use anyhow::{Context as _, Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::measure::{Measured, Row, Times};
use super::sandbox::{Sandbox, remove};
use super::stopwatch::Sample;
use crate::process;

/// One of each line of releases that the Python package has.
const VERSIONS: [&str; 5] = ["0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.1"];
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnullvm", "aarch64-pc-windows-gnullvm"];

/// A version, and how long its first links took in each turn.
struct Version {
    name: &'static str,
    zig: Utf8PathBuf,
    times: Vec<Sample>,
    /// What it said when it could not link.
    complaint: Option<String>,
}

pub fn all(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    let pinned =
        sandbox.bare()?.env.get("CARGO_ZIGBUILD_ZIG_VERSION").context("dist does not link by zig")?;
    let mut versions =
        VERSIONS.into_iter().map(|name| Version::install(sandbox, name)).collect::<Result<Vec<_>>>()?;
    for _ in 0..runs {
        versions.iter_mut().try_for_each(|version| version.measure(sandbox))?;
    }
    let ours = versions.iter().find(|version| version.name == pinned).and_then(Version::times);
    let ours = ours.with_context(|| {
        format!("zig {pinned} is not among the versions that are measured, or does not link for windows")
    })?;
    let rows = versions.iter().filter(|version| version.name != pinned).filter_map(|version| {
        Some(Row {
            what: format!("first links by zig {pinned}, which xtask installs"),
            ours: ours.clone(),
            against: format!("by zig {}", version.name),
            theirs: version.times()?,
            limit: None,
        })
    });
    Ok(Some(Measured { rows: rows.collect(), notes: versions.iter().filter_map(Version::note).collect() }))
}

impl Version {
    /// The version of the Python package, in a folder of its own that is kept.
    fn install(sandbox: &Sandbox, name: &'static str) -> Result<Self> {
        let dir = sandbox.kept.join(format!("ziglang-{name}"));
        let zig = dir.join("ziglang").join(format!("zig{}", std::env::consts::EXE_SUFFIX));
        if !zig.is_file() {
            let mut pip = sandbox.command("python3")?;
            pip.args(["-m", "pip", "install", "--no-deps", "--only-binary", ":all:"]);
            process::run(pip.args(["--target", dir.as_str(), &format!("ziglang=={name}")]))?;
        }
        Ok(Self { name, zig, times: Vec::new(), complaint: None })
    }

    /// One turn more; none for a version that has failed.
    fn measure(&mut self, sandbox: &Sandbox) -> Result<()> {
        if self.complaint.is_none() {
            match first_links(sandbox, self.name, &self.zig) {
                Ok(sample) => self.times.push(sample),
                Err(error) => {
                    crate::interrupt::check()?;
                    self.complaint = Some(complaint(&error));
                }
            }
        }
        Ok(())
    }

    fn times(&self) -> Option<Times> {
        (!self.times.is_empty()).then(|| self.times.iter().copied().collect())
    }

    fn note(&self) -> Option<String> {
        let complaint = self.complaint.as_ref()?;
        Some(format!("zig {} does not link for windows: `{complaint}`.", self.name))
    }
}

/// Links an empty program for each target, as `dist` has it linked.
fn first_links(sandbox: &Sandbox, version: &str, zig: &Utf8Path) -> Result<Sample> {
    let cache = sandbox.beside("zig-cold")?;
    remove(&cache)?;
    let source = sandbox.beside("empty.rs")?;
    fs_err::write(&source, "fn main() {}\n")?;
    let links = linkers(sandbox, version, zig)?.into_iter().map(|(target, linker)| {
        let mut rustc = process::command("rustc", "install Rust with rustup")?;
        rustc.env_clear().envs(&sandbox.bare()?.env).env("ZIG_GLOBAL_CACHE_DIR", &cache);
        rustc.args(["--target", target, &format!("-Clinker={linker}"), "-o"]);
        rustc.arg(sandbox.beside("empty.exe")?).arg(&source);
        sandbox.time(&format!("zig {version}, first link for {target}"), &mut rustc)
    });
    links.sum()
}

/// What xtask puts around this zig as a linker, by target. Which zig it calls is written in it, whatever the environment
/// says.
fn linkers(sandbox: &Sandbox, version: &str, zig: &Utf8Path) -> Result<Vec<(&'static str, String)>> {
    let program = sandbox.root.join(format!("target/debug/xtask{}", std::env::consts::EXE_SUFFIX));
    let mut xtask = sandbox.command(program.as_str())?;
    xtask.arg("zig-wrappers").args(TARGETS).env_clear().envs(&sandbox.bare()?.env);
    xtask.env("CARGO_ZIGBUILD_CACHE_DIR", sandbox.beside("zig-wrappers")?);
    xtask.env("CARGO_ZIGBUILD_ZIG_COMMAND", zig).env("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", "");
    xtask.env("CARGO_ZIGBUILD_ZIG_VERSION", version);
    let wrappers: Value = serde_json::from_str(&process::read(&mut xtask)?)?;
    let linker = |target| {
        let linker = wrappers[target]["linker"].as_str().context("xtask names no linker")?;
        let script = fs_err::read_to_string(linker)?;
        ensure!(script.contains(zig.as_str()), "{linker} does not call {zig}: another zig would be measured");
        Ok((target, linker.to_owned()))
    };
    TARGETS.into_iter().map(linker).collect()
}

/// The line of a failed link that says most.
fn complaint(error: &anyhow::Error) -> String {
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
    fn the_undefined_symbol_is_what_is_told() {
        let error =
            anyhow::anyhow!("error: linking failed\n  = note: lld: undefined symbol: f\nerror: aborting");
        assert_eq!(complaint(&error), "lld: undefined symbol: f");
    }
}
