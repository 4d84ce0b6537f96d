//! What turns Rust into programs for six targets: the compiler, a linker for each target, and what they need.

pub mod author;
#[cfg(test)]
mod author_tests;
pub mod c;
pub mod cache;
pub mod cross;
pub mod cxx;
pub mod darwin;
pub mod flags;
pub mod linker;
pub mod rust;
pub mod warm;
mod written;
pub mod zig;
