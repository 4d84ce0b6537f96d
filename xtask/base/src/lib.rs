//! What every part of Sixfold needs from the operating system. No other crate of Sixfold is used here, and nothing here
//! knows what an extension is.
//!
//! **Running programs.** Functions in [`process`] take a [`std::process::Command`], and a phrase that says what it is for,
//! which completes "cannot …" in errors. Whatever a program has started ends with it: on an [`interrupt`], after a
//! failure, and when this program is killed ([`process::watchdog`]).
//!
//! **Writing files.** A file written by [`files`] appears under its name in one step, and only when it is complete and on
//! the disk. [`dist_folder`] and [`cache`] are built on it, for one project and for all of them. Both use a [`lock`], so
//! that several runs wait for each other. [`scratch`] has folders for temporary files.
//!
//! **Talking to the user.** Messages go through [`terminal`]. Errors are values of `anyhow`; [`error`] shows one with its
//! causes, and with help at the end.
//!
//! ```
//! use std::process::Command;
//!
//! use camino::Utf8Path;
//! use sixfold_base::{error, files, process};
//!
//! # fn main() -> anyhow::Result<()> {
//! let folder = tempfile::tempdir()?;
//! let folder = Utf8Path::from_path(folder.path()).expect("a UTF-8 path");
//!
//! // Run a program, and keep what it prints.
//! let mut rustc = Command::new("rustc");
//! rustc.arg("--version");
//! let version = process::read(rustc, "ask rustc for its version")?;
//! assert!(version.starts_with("rustc "));
//!
//! // Write a file: readers see no file, or all of it.
//! let path = folder.join("rustc.txt");
//! files::write(&path, version.as_bytes())?;
//! assert_eq!(std::fs::read_to_string(&path)?, version);
//!
//! // A program that fails is an error, which says what it was for and how it ended.
//! let mut rustc = Command::new("rustc");
//! rustc.arg("--no-such-flag");
//! let error = process::read(rustc, "compile").unwrap_err();
//! assert!(error::explain(&error).starts_with("cannot compile: `rustc --no-such-flag` ended with "));
//! # Ok(())
//! # }
//! ```

pub mod cache;
pub mod cargo;
mod chain;
pub mod disk;
pub mod dist_folder;
pub mod error;
pub mod files;
pub mod git;
pub mod heartbeat;
pub mod interrupt;
pub mod lock;
pub mod lookup;
pub mod outcome;
pub mod pool;
pub mod process;
pub mod program;
pub mod scratch;
pub mod terminal;
