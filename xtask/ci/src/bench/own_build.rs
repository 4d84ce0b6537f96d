//! The cost that every author pays once: building xtask itself, compared with the smallest program with a command line.

use std::collections::BTreeSet;

use anyhow::Result;
use camino::Utf8Path;
use sixfold_base::program::FOR_THIS_MACHINE;

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

    let counts = [third_party(sandbox, &sandbox.root, "xtask")?, third_party(sandbox, &hello, "hello")?];
    let (ours, theirs) =
        alternate(runs, |_| build(sandbox, &sandbox.root, "xtask"), |_| build(sandbox, &hello, "hello"))?;
    let row = Row {
        what: format!("`cargo build --package xtask`, {} third-party crates", counts[0]),
        ours,
        against: format!("a hello world with clap, {} third-party crates", counts[1]),
        theirs,
        limit: Some(Limit::Seconds(35.0)),
    };
    Ok(Some(Measured { rows: vec![row], notes: Vec::new() }))
}

fn build(sandbox: &Sandbox, folder: &Utf8Path, package: &str) -> Result<Sample> {
    let target = sandbox.temporary("own-target")?;
    remove(&target)?;
    let mut cargo = sandbox.command("cargo")?;
    cargo.args(["build", "--package", package]).args(FOR_THIS_MACHINE);
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", target);
    sandbox.time(&format!("build {package}, cold"), &mut cargo)
}

/// How many third-party crates are compiled for the package on this machine. As a side effect, all of them are downloaded.
fn third_party(sandbox: &Sandbox, folder: &Utf8Path, package: &str) -> Result<usize> {
    let mut cargo = sandbox.command("cargo")?;
    cargo.args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"]);
    Ok(count_third_party(&process::read_stdout(cargo.current_dir(folder))?))
}

/// Counts the lines `name version` of cargo's tree, each once. Our own crates have their path as a third word.
fn count_third_party(tree: &str) -> usize {
    let words = tree.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let is_local = |words: &Vec<&str>| {
        words.get(2).is_some_and(|word| word.starts_with('(') && !["(proc-macro)", "(*)"].contains(word))
    };
    let crates = words.filter(|words| !is_local(words)).filter_map(|words| Some((words[0], *words.get(1)?)));
    crates.collect::<BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_third_party_crate_counts_once() {
        let tree = "xtask v0.0.0 (/x/xtask)\nsixfold v0.1.0 (/x/xtask/tool)\nanyhow v1.0.104\n\
                    serde_derive v1.0.229 (proc-macro)\nsyn v2.0.119\nsyn v3.0.10\nanyhow v1.0.104 (*)\n";
        assert_eq!(count_third_party(tree), 4);
    }
}
