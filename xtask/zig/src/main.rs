//! Runs zig as linker and C compiler, through the crate cargo-zigbuild.
//!
//! This is a separate crate because most extensions need no zig, and would wait for cargo-zigbuild to compile. The tool
//! compiles it when a build needs zig. It is called in two ways:
//!
//! - by the tool, to write [`wrappers`] around zig for cargo and build scripts;
//! - by these wrappers, as a linker, a compiler or `ar`: [`compiler`];
//! - by build scripts, as a compiler of Windows resources: [`windres`].

// The documentation is for people who work on this code. It is built with private items.
#![allow(rustdoc::private_intra_doc_links)]

mod compiler;
mod cpp_library;
mod windres;
mod wrappers;

use std::process::ExitCode;

use anyhow::Result;
use camino::Utf8PathBuf;
use cargo_zigbuild::Zig;
use clap::Parser;
use sixfold_base::error::explain;
use sixfold_base::terminal;

/// Runs zig for Sixfold
#[derive(Parser)]
enum Cli {
    /// Run zig as a compiler or linker; the wrappers run this
    #[command(subcommand)]
    Zig(Zig),
    /// Write the wrappers for these targets, and print their paths as JSON
    Wrappers(wrappers::Args),
}

/// Exit code 0: success; 1: failure; 2: wrong usage.
fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            terminal::error(explain(&error));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut args = std::env::args();
    let name = Utf8PathBuf::from(args.next().unwrap_or_default());
    let name = name.file_stem().unwrap_or_default().to_ascii_lowercase();
    if name.ends_with("windres") {
        return windres::run(&args.collect::<Vec<_>>());
    }
    if let Some(tool) = called_as(&name, args) {
        return tool.execute();
    }
    match Cli::parse() {
        Cli::Zig(zig) => compiler::run(zig),
        Cli::Wrappers(args) => args.run(),
    }
}

/// The tool of a C toolchain that this program was called as. Build scripts find a link to this program named `ar`.
fn called_as(name: &str, args: impl Iterator<Item = String>) -> Option<Zig> {
    let args = || args.collect();
    match name {
        "ar" | "llvm-ar" => Some(Zig::Ar { args: args() }),
        "lib" => Some(Zig::Lib { args: args() }),
        name if name.ends_with("dlltool") => Some(Zig::Dlltool { args: args() }),
        _ => None,
    }
}
