//! metadata.json: the reader and its lints are in the model, because the build uses them, too.

pub use sixfold_model::metadata::lints::*;
pub use sixfold_model::metadata::{FILE, Found, Listed, Metadata, Tab, read};
