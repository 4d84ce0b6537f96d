//! The server of `cargo xtask preview`: an extension's tab in an ordinary browser, with its real host binaries behind it.
//!
//! The modules from the outside in: [`command`] is the whole flow, [`server`] who may ask for what, [`page`] what is
//! shown, [`socket`] what the page and we say to each other (PROTOCOL.md), [`call`] one program that runs for it,
//! [`programs`] which programs there are. What stands in for a desktop inside of the page is in `page/` beside `src/`.

// The documentation is for those who work on this code, and is made with its private parts.
#![allow(rustdoc::private_intra_doc_links)]

pub mod app;
pub mod call;
pub mod command;
mod docker;
mod extension;
mod interrupt;
mod keyboard;
mod machine;
mod opener;
pub mod options;
pub mod page;
pub mod programs;
mod script;
pub mod secret;
pub mod server;
pub mod sessions;
pub mod socket;
mod terminal;
pub mod tree;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command line. Exit code 0: ended when asked to; 1: failed; 2: wrong usage.
pub fn main() -> ExitCode {
    if sixfold_base::process::watchdog::was_called() {
        return ExitCode::SUCCESS;
    }
    let options = options::CommandLine::parse().options;
    sixfold_base::process::never_stop_for_the_terminal();
    let result = tokio::runtime::Runtime::new().map_err(anyhow::Error::from).and_then(|runtime| {
        let result = runtime.block_on(command::run(options));
        // A build that goes on needs nobody to wait for it.
        sixfold_base::process::end_all();
        runtime.shutdown_background();
        result
    });
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            sixfold_base::terminal::error(sixfold_base::error::explain(&error));
            ExitCode::FAILURE
        }
    }
}
