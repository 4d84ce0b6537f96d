//! The toolchain that builds the host binaries: which compiler, which linker for each target, and what the author has set
//! for cargo already. Everything here is decided before anything is built.

pub(crate) mod c_code;
pub mod cargo_settings;
#[cfg(test)]
mod cargo_settings_tests;
pub mod linker_choice;
pub mod rust;
mod rustc_flags;
mod setting;
pub mod wrapper;
pub mod zig;
