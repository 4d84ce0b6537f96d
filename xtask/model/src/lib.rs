//! The words of Sixfold as types that check themselves: hosts and platforms, digests, findings, places in texts,
//! references, the configuration and metadata.json. One reader and one type for each, used by all.

pub mod binaries;
pub mod config;
pub mod digest;
pub mod finding;
pub mod html;
pub mod json;
pub mod json_edit;
pub mod labels;
pub mod macos;
pub mod matrix;
pub mod members;
pub mod metadata;
pub mod place;
pub mod prebuilt;
pub mod reference;
pub mod text;
pub mod values;
