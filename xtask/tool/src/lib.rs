//! Builds a Docker Desktop extension whose host binaries are native on every machine that installs it.
//!
//! This crate is the command line. [`main`] is its only public function; `cargo xtask` and the program `sixfold` both call
//! it. The modules in the order in which `dist` uses them: [`commands`] runs a plan of the crate `sixfold-project`,
//! [`toolchain`] installs what is missing, [`compile`] and [`ui`] build the parts, [`stage`] puts them together and verifies
//! them, [`deliver`] makes an image of them, and [`report`] shows what was built.

// The documentation is for people who work on this crate, so it links to private items.
#![allow(rustdoc::private_intra_doc_links)]

mod adopt;
mod author_command;
mod build_commands;
mod buildx;
mod cli;
mod commands;
mod compile;
mod deliver;
mod desktop;
mod docker;
mod execute;
mod fingerprint;
mod init;
mod parts;
mod planned;
mod read_back;
mod report;
mod sbom;
mod sign;
mod stage;
mod toolchain;
mod tools;
mod ui;
mod upgrade;

use std::process::ExitCode;

use anyhow::{Context as _, Result};
use camino::Utf8PathBuf;
use clap::Parser as _;
use sixfold_base::error::explain;
use sixfold_base::outcome::Outcome;
use sixfold_base::{interrupt, process, terminal};
use sixfold_project::RUSTC_WRAPPER;
use sixfold_project::toolchain::wrapper::Wrapper;
use toolchain::rustc_wrapper::RustcWrapper;

/// Runs the command line. Exit codes: 0 success, 1 failure or problems found, 2 wrong usage, 130 interrupted.
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
    if let Some(wrapper) = RustcWrapper::from_environment() {
        return wrapper.run().map(|never| match never {});
    }
    let command = cli::Cli::parse().command;
    interrupt::install()?;
    // This only makes cargo faster, and not all commands need cargo.
    if let Ok(variables) =
        (Wrapper { directories: Vec::new(), next: None, failure_reports: "".into() }).variables()
    {
        let _ = RUSTC_WRAPPER.set(variables);
    }
    let folder = std::env::current_dir().context("cannot find the current directory")?;
    command.run(Utf8PathBuf::try_from(folder).context("the path of the current directory is not UTF-8")?)
}
