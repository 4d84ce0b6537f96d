//! Linking for macOS without an Apple SDK: what each of its libraries exports, as text stubs for the linker.
//!
//! A linker needs no code of a dynamic library, only the names that it exports and the path at which a Mac has it.
//! `symbols/` holds the names, made by `cargo ci stubs` from published crates; no file of Apple's is copied. Invariant:
//! a name that is in no list fails the link, so a binary that links asks for nothing that no Mac has.

mod extra;
mod library;
pub mod stubs;
mod symbols;
mod tbd;

pub use extra::Extra;
pub use library::{Kind, Library, libraries, owner_of};
