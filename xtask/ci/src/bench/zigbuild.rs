//! Building for six targets: our single call of cargo, compared with a loop that runs `cargo zigbuild` for each target.
//!
//! Both use the same version of zig and of cargo-zigbuild, with separate caches.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use cargo_metadata::MetadataCommand;

use super::sandbox::{Sandbox, remove, report};
use super::stopwatch::Sample;
use super::table::{Measured, Row};
use super::times::Times;
use crate::{interrupt, process};

/// The result of the loop over all targets.
#[derive(Default)]
struct Loop {
    /// The time for the targets that it has linked.
    time: Sample,
    linked: Vec<String>,
    /// The targets that it cannot link, each with the error message.
    failed: Vec<(String, String)>,
}

pub(crate) fn all(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    let program = install(sandbox)?;
    let [cold, warm] = [("cold", true), ("warm", false)].map(|(name, is_cold)| {
        let mut ours = Vec::new();
        let mut theirs = Vec::new();
        for _ in 0..runs {
            ours.push(our_call(sandbox, is_cold)?);
            theirs.push(their_loop(sandbox, &program, is_cold)?);
        }
        Ok::<_, anyhow::Error>((name, ours, theirs))
    });
    let mut measured = Measured::default();
    for (name, ours, theirs) in [cold?, warm?] {
        if measured.notes.is_empty() {
            measured.notes = theirs.first().map(notes).unwrap_or_default();
        }
        measured.rows.push(row(sandbox, name, ours, &theirs)?);
    }
    Ok(Some(measured))
}

fn row(sandbox: &Sandbox, name: &str, ours: Vec<Sample>, theirs: &[Loop]) -> Result<Row> {
    let linked = theirs.first().map_or(0, |run| run.linked.len());
    Ok(Row {
        what: format!(
            "{} targets in our single call of cargo, zig's cache {name}",
            sandbox.bare()?.targets().len()
        ),
        ours: ours.into_iter().collect(),
        against: format!("`cargo zigbuild` for {linked} targets, one after the other, zig's cache {name}"),
        theirs: theirs.iter().map(|run| run.time).collect::<Times>(),
        limit: None,
    })
}

fn notes(run: &Loop) -> Vec<String> {
    let failures = run.failed.iter().map(|(target, message)| {
        format!("`cargo zigbuild` does not link the sample for {target}: `{message}`.")
    });
    failures.collect()
}

/// The same call that `dist` makes.
fn our_call(sandbox: &Sandbox, is_cold: bool) -> Result<Sample> {
    let call = sandbox.bare()?;
    let cache = sandbox.temporary("zig-ours")?;
    prepare(sandbox, is_cold.then_some(&cache))?;
    let mut cargo = call.replay()?;
    sandbox.time("our single call of cargo", cargo.env("ZIG_GLOBAL_CACHE_DIR", cache))
}

fn their_loop(sandbox: &Sandbox, program: &Utf8Path, is_cold: bool) -> Result<Loop> {
    let cache = sandbox.temporary("zig-theirs")?;
    prepare(sandbox, is_cold.then_some(&cache))?;
    let mut run = Loop::default();
    let mut samples = Vec::new();
    for target in sandbox.bare()?.targets() {
        let what = format!("cargo zigbuild for {target}");
        match sandbox.time(&what, &mut zigbuild(sandbox, program, &cache, target)?) {
            Ok(sample) => {
                samples.push(sample);
                run.linked.push(target.to_owned());
            }
            Err(error) => {
                interrupt::check()?;
                run.failed.push((target.to_owned(), key_line(&error.to_string())));
            }
        }
    }
    run.time = samples.into_iter().sum();
    report("cargo zigbuild for all targets that it can link", run.time);
    Ok(run)
}

fn prepare(sandbox: &Sandbox, cold: Option<&Utf8PathBuf>) -> Result<()> {
    sandbox.clear()?;
    cold.map_or(Ok(()), |cache| remove(cache))
}

fn zigbuild(sandbox: &Sandbox, program: &Utf8Path, cache: &Utf8Path, target: &str) -> Result<Command> {
    let call = sandbox.bare()?;
    let mut zigbuild = sandbox.command(program.as_str())?;
    zigbuild.arg("zigbuild").args(call.selection()?).args(["--target", target]);
    // The variables that select zig. The rest of the environment of our call is about how we link.
    let zig = call.env.iter().filter(|(name, _)| name.starts_with("CARGO_ZIGBUILD_ZIG_"));
    zigbuild.envs(zig).env("ZIG_GLOBAL_CACHE_DIR", cache).env("CARGO_ZIGBUILD_CACHE_DIR", cache);
    Ok(zigbuild)
}

/// The most useful line in the output of a failed build.
fn key_line(output: &str) -> String {
    let mut errors = output.lines().filter(|line| line.contains("error"));
    // rustc's own line says only that linking failed. The linker's message comes after it.
    let from_linker =
        errors.clone().find(|line| line.contains("unable to find") || line.contains("undefined"));
    from_linker
        .or(errors.next_back())
        .unwrap_or("no message")
        .trim()
        .trim_start_matches("= note: ")
        .to_owned()
}

/// Installs cargo-zigbuild in the version that xtask uses, unless that version is installed already.
fn install(sandbox: &Sandbox) -> Result<Utf8PathBuf> {
    let metadata = MetadataCommand::new()
        .manifest_path(sandbox.root.join("Cargo.toml"))
        .other_options(["--locked".to_owned()])
        .exec()?;
    let package = metadata.packages.iter().find(|package| package.name.as_str() == "cargo-zigbuild");
    let version = &package.context("xtask no longer uses cargo-zigbuild")?.version;
    let mut cargo = sandbox.command("cargo")?;
    cargo.args([
        "install",
        "--locked",
        "--no-default-features",
        "cargo-zigbuild",
        "--version",
        &format!("={version}"),
    ]);
    // Not in the clone, whose cargo configuration is not meant for it.
    cargo.current_dir(std::env::temp_dir()).args(["--root", sandbox.kept.as_str()]);
    process::run(&mut cargo)?;
    Ok(sandbox.kept.join("bin").join(format!("cargo-zigbuild{}", std::env::consts::EXE_SUFFIX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_linkers_message_is_preferred() {
        let output = "error: linking with `/x/zigcc` failed: exit status: 1\n  = note: error: unable to find dynamic \
                      system library 'objc'\nerror: could not compile `a`";
        assert_eq!(key_line(output), "error: unable to find dynamic system library 'objc'");
        assert_eq!(key_line("error: a\nerror: b"), "error: b");
    }
}
