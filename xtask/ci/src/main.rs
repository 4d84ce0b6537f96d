//! `cargo ci`: what the maintainers of this repository, and its CI, run.
//!
//! Without a subcommand it runs every check and test. Authors of an extension need none of this: they use `cargo xtask`,
//! which compiles quickly because these commands are in a separate crate.

mod bench;
mod compatibility;
mod debian;
mod interrupt;
mod lab;
mod pipeline;
mod process;
mod programs;
mod rcodesign;
mod section;
mod step;
mod steps;
mod stubs;
mod windows_arm64;
mod workspace;

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
    /// Run the benchmarks and rewrite the tables in docs/performance.md
    Bench(bench::Args),
    /// Generate the symbol lists that macOS programs are linked against
    Stubs(stubs::Args),
    /// Build popular crates for every target and write docs/compatibility.md
    Compatibility(compatibility::Args),
    /// Build published programs for every target, run them, and add them to docs/compatibility.md
    Programs(programs::Args),
    /// Install rcodesign, which takes a quarter of an hour, and sign binaries for macOS with it
    Rcodesign,
    /// Run Windows binaries for arm64, with wine on an emulated system, and print what they did as JSON
    WindowsArm64(windows_arm64::Args),
}

fn main() -> ExitCode {
    if let Some(code) = bench::run_as_recorder() {
        return code;
    }
    let cli = Cli::parse();
    let result = match cli.command {
        None => cli.pipeline.run(),
        Some(Command::Bench(args)) => bench::run(&args),
        Some(Command::Stubs(args)) => stubs::run(&args),
        Some(Command::Compatibility(args)) => compatibility::run(&args),
        Some(Command::Programs(args)) => programs::run(&args),
        Some(Command::Rcodesign) => rcodesign::run(),
        Some(Command::WindowsArm64(args)) => windows_arm64::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            interrupt::exit_code()
        }
    }
}
