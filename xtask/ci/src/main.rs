//! `cargo ci`: what the maintainers of this repository, and its CI, run.
//!
//! Without a subcommand it is the test command of the README. Nothing here is needed to build an extension: that is
//! `cargo xtask`, which stays light because these commands live in a crate of their own.

mod bench;
mod compatibility;
mod debian;
mod interrupt;
mod lab;
mod pipeline;
mod process;
mod section;
mod steps;
mod stubs;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tests, benchmarks and generators of this repository
#[derive(Parser)]
#[command(name = "cargo ci", bin_name = "cargo ci", args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    pipeline: pipeline::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Measure, and rewrite the tables of docs/performance.md
    Bench(bench::Args),
    /// Make the symbol lists that darwin is linked against
    Stubs(stubs::Args),
    /// Build popular crates for every target, and write docs/compatibility.md
    Compatibility(compatibility::Args),
}

fn main() -> ExitCode {
    if let Some(code) = bench::recorder() {
        return code;
    }
    let cli = Cli::parse();
    let done = match cli.command {
        None => cli.pipeline.run(),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Stubs(args)) => stubs::run(&args),
        Some(Command::Compatibility(args)) => compatibility::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            interrupt::exit_code()
        }
    }
}
