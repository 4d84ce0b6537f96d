//! The commands, one in each file.

pub(crate) mod built;
pub(crate) mod check;
pub(crate) mod dist;
pub(crate) mod doctor;
pub(crate) mod each_cell;
pub(crate) mod init;
pub(crate) mod inspect;
pub(crate) mod install;
pub(crate) mod plan;
pub(crate) mod prebuilt;
pub(crate) mod preview;
pub(crate) mod push;
pub(crate) mod ui;
pub(crate) mod uninstall;
pub(crate) mod upgrade;
