//! Builds a Docker Desktop extension whose host binaries are native on every machine that installs it.

pub mod dist_folder;
pub mod finding;
pub mod image;
pub mod inspect;
pub mod interrupt;
pub mod judge;
pub mod matrix;
pub mod process;
pub mod project;
pub mod terminal;
pub mod toolchain;
