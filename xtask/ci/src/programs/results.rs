//! The results, in `programs/results.json`, so that programs can be tried one after the other.

use std::collections::BTreeMap;

use anyhow::Result;
use camino::Utf8Path;
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

/// Empty if there is no such file.
pub(crate) fn read(file: &Utf8Path) -> Result<Results> {
    match fs_err::read(file) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(_) => Ok(Results::new()),
    }
}
