//! The commands, one a file.

pub mod dist;
pub mod doctor;
pub mod plan;
pub mod zig_wrappers;
