//! Linking for macOS without an Apple SDK: what each of its libraries exports, as text stubs for the linker.
//!
//! A linker needs no code of a dynamic library, only the names that it exports and the path at which a Mac has it.
//! `symbols/` holds the names, made by `cargo ci stubs` from published crates; no file of Apple's is copied. Invariant:
//! a name that is in no list fails the link.
//!
//! Limits. The crates do not say which declarations of Apple's headers are for iOS alone, so a few names may be listed
//! that no Mac has; those that we know of stand under `without` in `stubs-sources/Cargo.toml`. A name, or a framework
//! (see [`Library::since`]), that only newer systems have is listed: an older one refuses to start a program that uses
//! it, as it does when that was linked on a Mac. There is no libc++: which of its symbols a system has depends on its
//! age, so C++ has to be linked with its compiler's own C++ library, statically.

pub mod headers;
mod library;
pub mod missing;
pub mod stubs;
mod symbols;
mod tbd;
mod written;

pub use library::{Kind, Library, libraries, owner_of};
