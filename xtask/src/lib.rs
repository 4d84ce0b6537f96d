//! Builds a Docker Desktop extension whose host binaries are native on every machine that installs it.
//!
//! The modules in the order of the flow: [`project`] is what the author wrote, [`plan`] what will be done, [`compile`]
//! and [`ui`] make the parts, [`stage`] puts them together and has them judged by [`judge`], [`image`] and [`buildx`]
//! make an image of them, [`report`] tells what went where.

// The documentation is for those who work on this code, and is made with its private parts.
#![allow(rustdoc::private_intra_doc_links)]

pub mod buildx;
pub mod check;
pub mod cli;
pub mod commands;
pub mod companion;
pub mod compile;
pub mod deliver;
pub mod desktop;
pub mod disk;
pub mod dist_folder;
pub mod finding;
pub mod image;
pub mod inspect;
pub mod interrupt;
pub mod json;
pub mod judge;
pub mod lock;
pub mod matrix;
pub mod parts;
pub mod plan;
pub mod prebuilt;
pub mod process;
pub mod project;
pub mod read_back;
pub mod report;
pub mod stage;
pub mod terminal;
pub mod text;
pub mod toolchain;
pub mod ui;

use std::process::ExitCode;

use anyhow::{Context as _, Error, Result};
use camino::Utf8PathBuf;
use clap::Parser as _;

/// Runs the command line. Exit code 0: done; 1: failed, or problems found; 2: wrong usage; 130: interrupted.
pub fn main() -> ExitCode {
    if process::warden::was_called() {
        return ExitCode::SUCCESS;
    }
    let done = run();
    process::end_all();
    interrupt::settle();
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            terminal::error(explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<bool> {
    if let Some(tool) = cli::called_as() {
        return tool.execute().map(|()| true);
    }
    let command = cli::Cli::parse().command;
    // Zig's part is a linker's: it is ended by the cargo that called it.
    if !matches!(command, cli::Command::Zig(_)) {
        interrupt::install()?;
    }
    let folder = std::env::current_dir().context("the current folder cannot be read")?;
    command.run(Utf8PathBuf::try_from(folder).context("the path of the current folder is not UTF-8")?)
}

/// The whole chain of an error, what happened first, and what mends a full disk.
pub fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {}", cause.to_string().replace('\n', "\n  ")));
    }
    if let Some(mend) = disk::mend(error, &text) {
        text.push_str(&format!("\n  {mend}"));
    }
    text
}
