//! `cargo xtask preview`: opens an extension's UI in an ordinary browser, with its real host binaries behind it, so that
//! an author can work on both without Docker Desktop.
//!
//! The crate is a small web server that listens on the loopback address only. It builds the UI and the host binaries of
//! the project, serves the UI with a script that provides `window.ddClient`, and runs the host binaries that this client
//! asks for. Most of the code is there to make sure that no other page and no other user can run anything.
//!
//! It is a crate of its own so that only authors who use the preview compile a web server.
//!
//! From the outside in:
//!
//! - [`command`] is the whole run, from the flags to the end.
//! - [`server`] accepts connections; [`guard`] decides which requests it answers.
//! - [`ui`] is what is shown: the files of the built UI, or its dev server. [`rebuild`] builds it again after an edit.
//! - [`socket`] talks to a loaded page; [`protocol`] has the messages, which PROTOCOL.md describes.
//! - [`call`] runs one program for a page; [`binaries`] compiles the host binaries and finds them by name.
//! - [`terminal`] shows what happens, and never waits for a terminal that is not read.
//!
//! The script that provides `window.ddClient` is in `page/`, next to `src/`.

// This documentation is for people who work on the crate, and is built with its private items.
#![allow(rustdoc::private_intra_doc_links)]

pub mod about;
pub mod app;
mod backend;
pub mod binaries;
mod build_command;
mod call;
mod command;
mod extension;
mod guard;
mod interrupt;
mod keyboard;
pub mod limits;
mod machine;
mod opener;
pub mod options;
mod protocol;
mod rebuild;
mod script;
mod secret;
pub mod server;
mod sessions;
mod socket;
mod terminal;
mod tree;
pub mod ui;
mod waiting_sockets;

pub use guard::Origin;

use std::process::ExitCode;

use clap::Parser as _;

/// Runs the command line. Exit code 0: ended on request; 1: failed; 2: wrong usage.
pub fn main() -> ExitCode {
    if sixfold_base::process::watchdog::was_called() {
        return ExitCode::SUCCESS;
    }
    let options = options::CommandLine::parse().options;
    sixfold_base::process::never_stop_for_the_terminal();
    let result = tokio::runtime::Runtime::new().map_err(anyhow::Error::from).and_then(|runtime| {
        let result = runtime.block_on(command::run(options));
        // Do not wait for a build that is still running.
        sixfold_base::process::end_all();
        runtime.shutdown_background();
        result
    });
    if let Err(error) = &result {
        terminal::error(sixfold_base::error::explain(error));
    }
    terminal::flush();
    if result.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
