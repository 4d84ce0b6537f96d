//! Builds a Docker Desktop extension whose host binaries are native on every machine that installs it.
//!
//! The modules in the order of the flow: [`project`] is what the author wrote, [`plan`] what will be done, [`compile`]
//! and [`ui`] make the parts, [`stage`] puts them together and has them judged by [`judge`], [`image`] and [`buildx`]
//! make an image of them, [`report`] tells what went where.

// The documentation is for those who work on this code, and is made with its private parts.
#![allow(rustdoc::private_intra_doc_links)]

mod buildx;
mod cli;
mod commands;
mod compile;
mod deliver;
mod desktop;
mod parts;
mod read_back;
mod report;
mod stage;
mod toolchain;
mod ui;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use clap::Parser as _;
use sixfold_base::error::explain;
use sixfold_base::outcome::Outcome;
use sixfold_base::{interrupt, process, terminal};

/// Runs the command line. Exit code 0: done; 1: failed, or problems found; 2: wrong usage; 130: interrupted.
pub fn main() -> ExitCode {
    if process::watchdog::was_called() {
        return ExitCode::SUCCESS;
    }
    let done = run();
    process::end_all();
    interrupt::settle();
    match done {
        Ok(outcome) => outcome.into(),
        Err(error) => {
            terminal::error(explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Outcome> {
    if let Some(tool) = cli::called_as() {
        return tool.execute().map(|()| Outcome::Success);
    }
    let command = cli::Cli::parse().command;
    // Zig's part is a linker's: it is ended by the cargo that called it.
    if !matches!(command, cli::Command::Zig(_)) {
        interrupt::install()?;
    }
    let folder = std::env::current_dir().context("the current folder cannot be read")?;
    command.run(Utf8PathBuf::try_from(folder).context("the path of the current folder is not UTF-8")?)
}
