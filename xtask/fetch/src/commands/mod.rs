//! A command a file.

pub mod get;
pub mod update;
