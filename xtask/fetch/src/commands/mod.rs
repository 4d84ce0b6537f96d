//! The commands, one per file.

pub(crate) mod get;
pub(crate) mod published;
pub(crate) mod signatures;
pub(crate) mod tag;
pub(crate) mod update;
