//! The first links for windows by the zig that xtask uses, against that by other versions: what every new machine pays.
//! Each version is installed by itself and starts with an empty cache; a version that cannot link is noted.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};

use super::measure::{Measured, Row, Times};
use super::sandbox::{Sandbox, remove};
use super::stopwatch::Sample;
use crate::process;

/// One of each line of releases that the Python package has.
const VERSIONS: [&str; 5] = ["0.13.0", "0.14.1", "0.15.2", "0.16.0", "0.17.1"];
const TARGETS: [&str; 2] = ["x86_64-pc-windows-gnullvm", "aarch64-pc-windows-gnullvm"];

pub fn all(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    let pinned =
        sandbox.bare()?.env.get("CARGO_ZIGBUILD_ZIG_VERSION").context("dist does not link by zig")?;
    let zigs = VERSIONS.map(|version| Ok::<_, anyhow::Error>((version, install(sandbox, version)?)));
    let zigs = zigs.into_iter().collect::<Result<Vec<_>>>()?;
    let mut times: Vec<Vec<Sample>> = vec![Vec::new(); zigs.len()];
    let mut notes = Vec::new();
    for turn in 0..runs {
        for ((version, zig), times) in zigs.iter().zip(&mut times) {
            match first_links(sandbox, version, zig) {
                Ok(sample) => times.push(sample),
                Err(error) => {
                    crate::interrupt::check()?;
                    if turn == 0 {
                        notes.push(format!(
                            "zig {version} does not link for windows: `{}`.",
                            complaint(&error)
                        ));
                    }
                }
            }
        }
    }
    let of = |wanted: &str| {
        let found =
            zigs.iter().zip(&times).find(|((version, _), times)| *version == wanted && !times.is_empty());
        found.map(|(_, times)| times.iter().copied().collect::<Times>())
    };
    let ours = of(pinned).with_context(|| {
        format!("zig {pinned} is not among the versions that are measured, or does not link for windows")
    })?;
    let others = VERSIONS.iter().filter(|version| **version != pinned);
    let rows = others.filter_map(|version| {
        Some(Row {
            what: format!("first links by zig {pinned}, which xtask installs"),
            ours: ours.clone(),
            against: format!("by zig {version}"),
            theirs: of(version)?,
            limit: None,
        })
    });
    Ok(Some(Measured { rows: rows.collect(), notes }))
}

/// Links an empty program for each target, as `dist` has it linked.
fn first_links(sandbox: &Sandbox, version: &str, zig: &Utf8Path) -> Result<Sample> {
    let cache = sandbox.beside("zig-cold")?;
    remove(&cache)?;
    let source = sandbox.beside("empty.rs")?;
    fs_err::write(&source, "fn main() {}\n")?;
    let links = TARGETS.map(|target| {
        let mut rustc = link(sandbox, target, &source)?;
        rustc.env("ZIG_GLOBAL_CACHE_DIR", &cache);
        rustc.env("CARGO_ZIGBUILD_ZIG_COMMAND", zig).env("CARGO_ZIGBUILD_ZIG_COMMAND_ARGS", "");
        rustc.env("CARGO_ZIGBUILD_ZIG_VERSION", version);
        sandbox.time(&format!("zig {version}, first link for {target}"), &mut rustc)
    });
    links.into_iter().sum()
}

fn link(sandbox: &Sandbox, target: &str, source: &Utf8Path) -> Result<Command> {
    let env = &sandbox.bare()?.env;
    let name = format!("CARGO_TARGET_{}_LINKER", target.replace('-', "_").to_uppercase());
    let linker = env.get(&name).with_context(|| format!("dist does not link {target} by zig"))?;
    let mut rustc = process::command("rustc", "install Rust with rustup")?;
    rustc.env_clear().envs(env).args(["--target", target, &format!("-Clinker={linker}")]);
    rustc.arg("-o").arg(sandbox.beside("empty.exe")?).arg(source);
    Ok(rustc)
}

/// The version of the Python package, in a folder of its own that is kept.
fn install(sandbox: &Sandbox, version: &str) -> Result<Utf8PathBuf> {
    let dir = sandbox.kept.join(format!("ziglang-{version}"));
    let program = dir.join("ziglang").join(format!("zig{}", std::env::consts::EXE_SUFFIX));
    if !program.is_file() {
        let mut pip = sandbox.command("python3")?;
        pip.args(["-m", "pip", "install", "--no-deps", "--only-binary", ":all:", "--target", dir.as_str()]);
        process::run(pip.arg(format!("ziglang=={version}")))?;
    }
    Ok(program)
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
