//! The result for one program and one target.

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase", tag = "is")]
pub(crate) enum Status {
    /// It was linked and verified, but nothing on this machine can run it.
    Links,
    /// It was also run, natively or by an emulator.
    Runs {
        by: String,
    },
    Fails {
        reason: String,
    },
}
