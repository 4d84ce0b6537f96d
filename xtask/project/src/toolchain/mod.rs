//! The toolchain that an extension is built with, as far as it is decided before anything is built.

pub mod author;
#[cfg(test)]
mod author_tests;
pub mod c;
mod flags;
pub mod linker;
pub mod rust;
pub mod zig;
