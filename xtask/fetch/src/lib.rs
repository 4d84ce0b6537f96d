//! Downloads, verifies, keeps and unpacks programs that others have built.
//!
//! It is apart from `xtask` because TLS takes long to compile, and only extensions that ship such programs need it.
//! `xtask` and it talk by [`sixfold_project::prebuilt::protocol`]. An item goes through the modules in this order: [`source`] is
//! where it is, [`cache`] keeps it by digest, [`web`] brings what is not there yet, [`archive`] takes the files out. For `prebuilt update`, [`checksums`] reads what a
//! publisher says of it, and [`manifest`] writes the digests down.
//!
//! Invariants: bytes are used only after their digest has been checked; a final name never holds a partial file;
//! nothing is written outside of the cache and the folder asked for; no message shows credentials of a URL.

// The documentation is for those who work on this code, and is made with its private parts.
#![allow(rustdoc::private_intra_doc_links)]

pub mod archive;
pub mod cache;
pub mod checksums;
pub mod cli;
pub mod commands;
pub mod fetcher;
pub mod manifest;
pub mod source;
pub mod watch;
pub mod web;

use std::process::ExitCode;

use clap::Parser as _;
use sixfold_base::terminal;

/// Runs the command line. Exit code 0: done; 1: failed; 2: wrong usage.
pub fn main() -> ExitCode {
    match cli::Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
