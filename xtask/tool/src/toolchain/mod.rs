//! What turns Rust into programs for six targets: the compiler, a linker for each target, and what they need.

pub(crate) mod cross;
pub(crate) mod cxx;
pub(crate) mod targets;
pub(crate) mod warm;
pub(crate) mod zig_install;
