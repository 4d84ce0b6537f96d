//! The results, in `programs/results.json`, so that programs can be tried one after the other.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::compatibility::status::Tried;

/// By the name of the crate.
pub(crate) type Results = BTreeMap<String, Outcome>;

#[derive(Deserialize, Serialize)]
pub(crate) struct Outcome {
    pub version: String,
    /// By target.
    pub tried: BTreeMap<String, Tried>,
}
