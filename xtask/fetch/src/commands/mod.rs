//! A command a file.

pub mod get;
