//! `cargo ci windows-arm64`: runs Windows binaries for arm64 with wine, on a small system that qemu emulates.
//!
//! A system is needed because wine does not start in qemu's user mode.

mod apt;
mod boot;
mod run;
mod system;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use run::{Run, run_all};
pub(crate) use system::system;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A binary with its arguments, as a JSON array of strings; all are run on one system
    #[arg(required = true, value_parser = parse)]
    runs: Vec<Run>,
}

/// Runs one binary, and returns its exit code and its output.
pub(crate) fn run_one(program: &Utf8Path, args: Vec<String>) -> Result<(i32, String)> {
    let ran = run_all(&[Run { program: program.to_owned(), args }])?;
    ran.into_iter().next().map(|ran| (ran.code, ran.stdout)).context("the system has run nothing")
}

fn parse(text: &str) -> Result<Run> {
    let words: Vec<String> = serde_json::from_str(text).context("not a JSON array of strings")?;
    let (program, args) = words.split_first().context("names no binary")?;
    Ok(Run { program: program.into(), args: args.to_vec() })
}

/// Prints the results as JSON, in the same order.
pub(crate) fn run(args: &Args) -> Result<()> {
    println!("{}", serde_json::to_string_pretty(&run_all(&args.runs)?)?);
    Ok(())
}
