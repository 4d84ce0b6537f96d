//! What turns Rust into programs for six targets: the compiler, a linker for each target, and what they need.

pub mod cross;
pub mod cxx;
pub mod targets;
pub mod warm;
pub mod zig_install;
