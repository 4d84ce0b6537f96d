//! metadata.json: its reader and its lints are in the model, because `dist` uses them too.

pub use sixfold_model::metadata::lints::*;
pub use sixfold_model::metadata::{FILE, Metadata, read};
pub(crate) use sixfold_model::metadata::{Found, Listed};
