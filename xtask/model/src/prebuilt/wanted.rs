//! What to take from a download.

use serde::{Deserialize, Serialize};

/// A file to take from a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its path in the archive, with `/`. `None`: the download is the file itself, possibly compressed.
    pub member: Option<String>,
    /// Its name in the folder that it is written to: one path component. An existing file of that name is replaced.
    pub name: String,
}
