//! Downloads, verifies, caches and unpacks prebuilt binaries, asks registries for tags, and looks at the pictures of published
//! images.
//!
//! This is a separate crate because TLS takes long to compile, and only extensions that ship third-party binaries need
//! it. `xtask` compiles it when it is first needed, runs it, and talks to it as [`sixfold_project::prebuilt::protocol`] describes.
//!
//! An item passes through the modules in this order: [`source`] reads its address, [`cache`] looks it up by its digest,
//! [`web`] downloads it if the cache does not have it, and [`archive`] unpacks the files. [`fetcher`] connects these
//! steps. For `prebuilt update`, [`cells`] fetches every cell, [`checksums`] reads the publisher's list of digests, and
//! [`manifest`] writes the digests into Cargo.toml. [`registry`] asks for a tag before a push.
//!
//! Invariants: bytes are used only after their digest has been verified; a final name never holds a partial file;
//! nothing is written outside the cache and the requested folder; no message shows the credentials of a URL.

// The documentation is for people who work on this code. It is built with private items.
#![allow(rustdoc::private_intra_doc_links)]
// Servers, archives and lists of digests are untrusted: they must not cause a panic.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing))]

mod archive;
mod blob;
mod cache;
mod cells;
mod checksums;
mod cli;
mod commands;
mod fetcher;
mod manifest;
mod pictures;
mod registry;
mod reporter;
mod source;
mod web;

use std::process::ExitCode;

use clap::Parser as _;
use sixfold_base::terminal;

/// Runs the command line. Exit code 0: success; 1: failure; 2: wrong usage.
fn main() -> ExitCode {
    match cli::Cli::parse().command.run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
