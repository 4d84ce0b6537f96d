//! What turns Rust into programs for six targets: the compiler, a linker for each target, and what they need.

pub mod author;
pub mod cache;
pub mod darwin;
pub mod linker;
pub mod rust;
pub mod zig;
