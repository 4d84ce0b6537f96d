//! The protocol between the tool and the fetch program.
//!
//! The tool runs `sixfold-fetch get`, writes one [`Request`] as JSON to its standard input and closes it, and reads one
//! [`Event`] as JSON from each line of its standard output. Standard error is for people. It gets a line when a download
//! starts and when it ends; progress, and the reason of a failure, are only in the events.
//!
//! Invariant: each item is answered by exactly one [`Event::Done`] or [`Event::Failed`], in any order, and then the exit
//! code is 0. Any other exit code means that the request as a whole failed; standard error says why.

use std::fs::File;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::wanted::Wanted;

/// The downloads of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The tool's cache folder; downloads are kept below it, at [`cached`].
    pub cache: Utf8PathBuf,
    /// Do not use the network: items that are not in the cache fail. Local files are still read.
    pub offline: bool,
    pub items: Vec<Item>,
}

/// One download, and the files to take from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// The name in messages and events, such as `kubectl darwin-arm64`; unique in the request.
    pub id: String,
    /// `https://`, `http://`, `file://`, or the absolute path of a file.
    /// Plain `http://` needs `sha256`, except from this machine.
    pub url: String,
    /// The digest of the download, before anything is unpacked. Without it, any content is accepted, and its digest
    /// reported.
    pub sha256: Option<Digest>,
    /// The folder that the files are written to; created if needed. Several items may share it.
    pub into: Utf8PathBuf,
    /// If empty, the download is kept in the cache, and nothing is written.
    pub files: Vec<Wanted>,
}

/// What happened to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A download is running: `bytes` have been received, of `total` if the server says how many. At most a few events in
    /// a second.
    Progress { id: String, bytes: u64, total: Option<u64> },
    /// The files are in place.
    Done {
        id: String,
        /// The digest of the download.
        sha256: Digest,
        /// The size of the download, in bytes.
        size: u64,
        /// True if the network was not needed.
        cached: bool,
        /// As in [`Item::files`], in the same order.
        files: Vec<Unpacked>,
    },
    /// Why the item failed. A second line may start with `help:`. The message does not repeat the id, and contains no
    /// credentials of the URL.
    Failed { id: String, message: String },
}

/// A file that was written: complete and executable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    pub path: Utf8PathBuf,
    /// In bytes.
    pub size: u64,
}

/// Where the cache folder keeps the download with this digest. The user of the file has to check the digest.
pub fn cached(cache: &Utf8Path, digest: &Digest) -> Utf8PathBuf {
    cache.join("prebuilt").join("sha256").join(digest.hex())
}

/// Marks a file of the cache as used now, if it exists: the fetch program removes files that are no longer used. Errors are
/// ignored: in a cache that cannot be written, nothing is removed either.
pub fn touch(cached: &Utf8Path) {
    // Opening a pipe would block.
    if cached.is_file() {
        let file = File::options().append(true).open(cached);
        let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_of_json_with_its_name() {
        let event = Event::Progress { id: "tool linux-arm64".to_owned(), bytes: 5, total: None };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(line, r#"{"event":"progress","id":"tool linux-arm64","bytes":5,"total":null}"#);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
