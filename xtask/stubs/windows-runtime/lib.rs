//! The part of a C runtime that Rust programs for `*-pc-windows-gnullvm` need and that no DLL of Windows has: the entry point,
//! the TLS directory, unwinding, and a few functions. `sixfold` compiles it with the author's rustc.
//!
//! Everything here follows documented contracts: the PE format, the Windows API, and the Itanium C++ ABI.

#![no_std]
#![allow(non_snake_case, non_upper_case_globals)]

mod functions;
mod start;
mod tls;
mod unwind;
