//! The tools that compile and link for the six targets: Rust's standard libraries, and zig as linker and C compiler.

pub(crate) mod auditable;
mod macos_binary;
pub(crate) mod rustc_wrapper;
pub(crate) mod targets;
pub(crate) mod zig_environment;
pub(crate) mod zig_install;
pub(crate) mod zig_warm_up;
