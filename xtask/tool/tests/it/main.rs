//! Runs the command line as a user does, on a small project made for each test. These tests need no engine, registry or
//! network; tests that do are end-to-end tests of the `ci` crate.

mod adopt;
#[cfg(unix)]
mod auditable;
mod backend;
mod built;
mod check;
mod context;
mod dist;
mod doctor;
mod edits;
mod extension_toml;
mod failure;
mod help;
mod init;
mod inspect;
#[cfg(unix)]
mod install;
#[cfg(unix)]
mod interrupt;
mod linking;
mod machines;
mod malformed;
mod plan;
mod prebuilt;
mod project;
#[cfg(unix)]
mod push;
mod read_back;
#[cfg(unix)]
mod sbom;
#[cfg(unix)]
mod sign;
mod sixfold;
#[cfg(unix)]
mod tools;
#[cfg(unix)]
mod ui;
