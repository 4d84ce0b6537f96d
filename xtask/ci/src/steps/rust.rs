//! The steps that are cargo's and rustup's.

use std::process::Command;

use super::Outcome;
use crate::pipeline::Workshop;
use crate::process;

/// Every target that an extension is built for.
const TARGETS: [&str; 6] = [
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "aarch64-pc-windows-gnullvm",
    "x86_64-pc-windows-gnullvm",
    "aarch64-unknown-linux-musl",
    "x86_64-unknown-linux-musl",
];

/// One target of each family that is foreign wherever this runs; the linux code is linted as that of the host, or by CI.
const LINTED: [&str; 2] = ["aarch64-apple-darwin", "x86_64-pc-windows-gnullvm"];

const COMPONENTS: [&str; 2] = ["rustfmt", "clippy"];

pub fn toolchain(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    add_missing(workshop, "target", &TARGETS)?;
    add_missing(workshop, "component", &COMPONENTS)?;
    Ok(Outcome::Passed)
}

/// Asks rustup only for what is missing, so that a complete machine needs no network here.
fn add_missing(workshop: &Workshop, what: &str, wanted: &[&str]) -> anyhow::Result<()> {
    let rustup = || -> anyhow::Result<Command> {
        let mut command = process::command("rustup", "install Rust with rustup, which can add targets")?;
        command.current_dir(&workshop.root);
        Ok(command)
    };
    let installed = process::read(rustup()?.args([what, "list", "--installed"]))?;
    // Components are listed with the host's triple behind their name.
    let has =
        |name: &&str| installed.lines().any(|line| line == *name || line.starts_with(&format!("{name}-")));
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    process::run(rustup()?.args([what, "add"]).args(missing))
}

pub fn fmt(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    process::run(cargo(workshop)?.args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

/// The whole workspace for this machine; for the others, the default members, which users build anywhere, and `fetch`
/// without TLS, which needs a C compiler for its target.
pub fn clippy(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    let deny = ["--", "-D", "warnings"];
    process::run(cargo(workshop)?.args(["clippy", "--locked", "--workspace", "--all-targets"]).args(deny))?;
    let targets = LINTED.iter().flat_map(|target| ["--target", target]);
    let foreign = |packages: &[&str]| -> anyhow::Result<()> {
        let mut clippy = cargo(workshop)?;
        process::run(clippy.args(["clippy", "--locked"]).args(packages).args(targets.clone()).args(deny))
    };
    foreign(&["--all-targets"])?;
    foreign(&["--package", "fetch", "--no-default-features"])?;
    foreign(&["--package", "preview", "--all-targets"])?;
    Ok(Outcome::Passed)
}

pub fn test(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    run_tests(cargo(workshop)?.args(["test", "--locked"]), workshop)?;
    run_tests(cargo(workshop)?.args(["test", "--locked", "--package", "fetch"]), workshop)?;
    run_tests(cargo(workshop)?.args(["test", "--locked", "--package", "preview"]), workshop)?;
    run_tests(
        cargo(workshop)?.args(["test", "--locked", "--package", "ci", "--bins", "--test", "tidy"]),
        workshop,
    )?;
    Ok(Outcome::Passed)
}

pub fn doc(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    let mut command = cargo(workshop)?;
    command.args(["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// Runs a test command of cargo's and keeps the lines with which it sums up.
pub fn run_tests(command: &mut Command, workshop: &mut Workshop) -> anyhow::Result<()> {
    let closing = &mut workshop.closing;
    process::run_seeing(command, |line| {
        if line.starts_with("test result: ") {
            closing.push(line.to_owned());
        }
    })
}

/// `cargo`, in the workspace's folder.
pub fn cargo(workshop: &Workshop) -> anyhow::Result<Command> {
    let mut command = process::command("cargo", "install Rust with rustup")?;
    command.current_dir(&workshop.root);
    Ok(command)
}
