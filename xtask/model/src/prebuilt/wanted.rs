//! What is taken from a download.

use serde::{Deserialize, Serialize};

/// A file that is wanted of a download.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// Its path in the archive, with `/`. None: the download is the file itself, perhaps compressed.
    pub member: Option<String>,
    /// Its name in the folder that files are written to: one path component. What is there under that name is replaced.
    pub name: String,
}
