//! The commands, one a file.

pub mod check;
pub mod dist;
pub mod doctor;
pub mod each_cell;
pub mod inspect;
pub mod install;
pub mod plan;
pub mod prebuilt;
pub mod preview;
pub mod ui;
pub mod uninstall;
pub mod zig;
pub mod zig_wrappers;
