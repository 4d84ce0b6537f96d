//! The cost that every author pays once: building xtask itself, compared with the smallest program with a command line.

use std::collections::BTreeSet;

use anyhow::Result;
use camino::Utf8Path;

use super::sandbox::{Sandbox, remove};
use super::stopwatch::Sample;
use super::table::{Limit, Measured, Row};
use super::times::alternate;
use crate::process;

const HELLO: &str = "[package]\nname = \"hello\"\nedition = \"2024\"\n\n\
                     [dependencies]\nclap = { version = \"4\", features = [\"derive\"] }\n";

const MAIN: &str = "use clap::Parser;\n\n#[derive(Parser)]\nstruct Cli {\n    name: String,\n}\n\n\
                    fn main() {\n    println!(\"{}\", Cli::parse().name);\n}\n";

/// Nothing is compiled yet, but every package is downloaded.
pub(crate) fn cold(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    let hello = sandbox.temporary("hello")?;
    fs_err::create_dir_all(hello.join("src"))?;
    fs_err::write(hello.join("Cargo.toml"), HELLO)?;
    fs_err::write(hello.join("src/main.rs"), MAIN)?;
    // With the same version of clap.
    fs_err::copy(sandbox.root.join("Cargo.lock"), hello.join("Cargo.lock"))?;

    let counts = [crates(sandbox, &sandbox.root, "xtask")?, crates(sandbox, &hello, "hello")?];
    let (ours, theirs) =
        alternate(runs, |_| build(sandbox, &sandbox.root, "xtask"), |_| build(sandbox, &hello, "hello"))?;
    let row = Row {
        what: format!("`cargo build --package xtask`, {} crates", counts[0]),
        ours,
        against: format!("a hello world with clap, {} crates", counts[1]),
        theirs,
        limit: Some(Limit::Seconds(35.0)),
    };
    Ok(Some(Measured { rows: vec![row], notes: Vec::new() }))
}

fn build(sandbox: &Sandbox, folder: &Utf8Path, package: &str) -> Result<Sample> {
    let target = sandbox.temporary("own-target")?;
    remove(&target)?;
    let mut cargo = sandbox.command("cargo")?;
    cargo.args(["build", "--package", package]).current_dir(folder).env("CARGO_TARGET_DIR", target);
    sandbox.time(&format!("build {package}, cold"), &mut cargo)
}

/// How many crates are compiled for the package on this machine, not counting the package. As a side effect, all of them
/// are downloaded.
fn crates(sandbox: &Sandbox, folder: &Utf8Path, package: &str) -> Result<usize> {
    let mut cargo = sandbox.command("cargo")?;
    cargo.args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"]);
    let tree = process::read_stdout(cargo.current_dir(folder))?;
    // Name and version. What follows depends on the place of the crate in the tree.
    let crates = tree.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>());
    Ok(crates.collect::<BTreeSet<_>>().len() - 1)
}
