//! Linking for macOS without an Apple SDK: what each of its libraries exports, as text stubs for the linker.
//!
//! A linker needs no code of a dynamic library, only the names that it exports and the path at which a Mac has it.
//! `symbols/` holds the names, made by `cargo ci stubs` from published crates; no file of Apple's is copied. Invariant:
//! a name that is in no list fails the link, so a binary that links asks for nothing that no Mac has.
//!
//! Two limits. A name, or a framework (see [`Library::since`]), that only newer systems have is listed too: macOS 11
//! would refuse to start a program that uses it, as it would if that was linked on a Mac. And there is no libc++: which
//! of its symbols a system has depends on its age, so C++ is linked with the C++ library of the compiler, statically.

mod extra;
mod library;
pub mod missing;
pub mod stubs;
mod symbols;
mod tbd;

pub use extra::Extra;
pub use library::{Kind, Library, libraries, owner_of};
