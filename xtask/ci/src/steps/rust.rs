//! The steps that cargo and rustup do.

use std::process::Command;

use crate::step::{Outcome, Session};
use crate::{process, workspace};

/// Every target that an extension is built for.
const TARGETS: [&str; 6] = [
    "aarch64-apple-darwin",
    "x86_64-apple-darwin",
    "aarch64-pc-windows-gnullvm",
    "x86_64-pc-windows-gnullvm",
    "aarch64-unknown-linux-musl",
    "x86_64-unknown-linux-musl",
];

/// One target each of macOS and Windows. The code for Linux is linted with that of this machine, or by CI.
const LINTED: [&str; 2] = ["aarch64-apple-darwin", "x86_64-pc-windows-gnullvm"];

const COMPONENTS: [&str; 2] = ["rustfmt", "clippy"];

pub(crate) fn toolchain(_session: &mut Session) -> anyhow::Result<Outcome> {
    add_missing("target", &TARGETS)?;
    add_missing("component", &COMPONENTS)?;
    Ok(Outcome::Passed)
}

/// Asks rustup to add only what is missing, so that a complete machine needs no network for this.
fn add_missing(what: &str, wanted: &[&str]) -> anyhow::Result<()> {
    let installed = process::read_stdout(rustup()?.args([what, "list", "--installed"]))?;
    // Components are listed with the host's triple at the end of their names.
    let has =
        |name: &&str| installed.lines().any(|line| line == *name || line.starts_with(&format!("{name}-")));
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !has(name)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    process::run(rustup()?.args([what, "add"]).args(missing))
}

fn rustup() -> anyhow::Result<Command> {
    in_workspace("rustup", "install Rust with rustup, which can add targets")
}

pub(crate) fn fmt(_session: &mut Session) -> anyhow::Result<Outcome> {
    process::run(cargo()?.args(["fmt", "--all", "--check"]))?;
    Ok(Outcome::Passed)
}

/// Lints the whole workspace for this machine. For the other systems it lints everything that authors build anywhere:
/// all but this crate, and `fetch` without TLS, whose dependencies need a C compiler for their target.
pub(crate) fn clippy(_session: &mut Session) -> anyhow::Result<Outcome> {
    let deny = ["--", "-D", "warnings"];
    process::run(cargo()?.args(["clippy", "--locked", "--workspace", "--all-targets"]).args(deny))?;
    let targets = LINTED.iter().flat_map(|target| ["--target", target]);
    let foreign = |packages: &[&str]| -> anyhow::Result<()> {
        let mut clippy = cargo()?;
        process::run(clippy.args(["clippy", "--locked"]).args(packages).args(targets.clone()).args(deny))
    };
    foreign(&["--workspace", "--exclude", "ci", "--exclude", "sixfold-fetch", "--all-targets"])?;
    foreign(&["--package", "sixfold-fetch", "--no-default-features"])?;
    Ok(Outcome::Passed)
}

pub(crate) fn test(session: &mut Session) -> anyhow::Result<Outcome> {
    let own: &[&str] = &["--package", "ci", "--bins", "--test", "tidy"];
    for selection in [own, &["--workspace", "--exclude", "ci"]] {
        run_tests(cargo()?.args(["test", "--locked"]).args(selection), session)?;
    }
    Ok(Outcome::Passed)
}

pub(crate) fn doc(_session: &mut Session) -> anyhow::Result<Outcome> {
    let mut command = cargo()?;
    command.args(["doc", "--locked", "--workspace", "--no-deps", "--document-private-items"]);
    process::run(command.env("RUSTDOCFLAGS", "-D warnings"))?;
    Ok(Outcome::Passed)
}

/// Runs a `cargo test` command and keeps the lines with its totals.
pub(crate) fn run_tests(command: &mut Command, session: &mut Session) -> anyhow::Result<()> {
    let totals = &mut session.totals;
    process::run_with_stdout(command, |line| {
        if line.starts_with("test result: ") {
            totals.push(line.to_owned());
        }
    })
}

/// `cargo`, in the root of the workspace.
pub(crate) fn cargo() -> anyhow::Result<Command> {
    in_workspace("cargo", "install Rust with rustup")
}

fn in_workspace(program: &str, help: &str) -> anyhow::Result<Command> {
    let mut command = process::command(program, help)?;
    command.current_dir(workspace::root());
    Ok(command)
}
