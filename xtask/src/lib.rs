//! Builds a Docker Desktop extension whose host binaries are native on every machine that installs it.

pub mod finding;
pub mod image;
pub mod judge;
pub mod matrix;
pub mod toolchain;
