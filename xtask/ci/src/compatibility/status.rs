//! The result for one program and one target.

use serde::{Deserialize, Serialize};

/// One program for one target.
#[derive(Deserialize, Serialize)]
pub(crate) struct Tried {
    pub linker: String,
    #[serde(flatten)]
    pub status: Status,
}

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
