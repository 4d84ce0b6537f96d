//! What `xtask` and the crate `fetch` say to each other.
//!
//! `xtask` runs `fetch get`, writes one [`Request`] as JSON to its standard input and closes it, and reads one [`Event`]
//! as JSON from each line of its standard output. Standard error is for people: a line when a download starts and when
//! it ends, but neither how far it is nor why an item failed, which only events say.
//!
//! Invariant: each item is answered by exactly one [`Event::Done`] or [`Event::Failed`], in any order, and then the exit
//! code is 0. Any other exit code means that the request as a whole was not served; standard error says why.

use std::fs::File;
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use sixfold_model::digest::Digest;
use sixfold_model::prebuilt::wanted::Wanted;

/// Everything that is wanted of one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The tool's cache folder; downloads are kept below it, at [`cached`].
    pub cache: Utf8PathBuf,
    /// Use the network for nothing: what is not in the cache fails. Local files are still read.
    pub offline: bool,
    pub items: Vec<Item>,
}

/// One download, and the files that are wanted of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// For people and for the answer, such as `kubectl darwin-arm64`; no two items of a request share it.
    pub id: String,
    /// `https://`, `http://`, `file://`, or the absolute path of a file.
    /// Plain `http://` needs `sha256`, except from this very machine.
    pub url: String,
    /// Of the download, before anything is unpacked; without it, what comes is taken and its digest told.
    pub sha256: Option<Digest>,
    /// The folder that the files are written to; made when missing. May be shared between items.
    pub into: Utf8PathBuf,
    /// None: the download is kept in the cache, and nothing is written.
    pub files: Vec<Wanted>,
}

/// What happened to an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Event {
    /// A download goes on: `bytes` have come, of `total` where the server says how many. At most a few in a second.
    Progress { id: String, bytes: u64, total: Option<u64> },
    /// The files are in place.
    Done {
        id: String,
        /// Of the download.
        sha256: Digest,
        /// Of the download, in bytes.
        size: u64,
        /// The network was not needed.
        cached: bool,
        /// As in [`Item::files`], in the same order.
        files: Vec<Unpacked>,
    },
    /// Why there is nothing; a second line may start with `help:`. It does not repeat the id, and holds no credentials of the URL.
    Failed { id: String, message: String },
}

/// A file that was written, whole and executable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unpacked {
    pub path: Utf8PathBuf,
    /// In bytes.
    pub size: u64,
}

/// Where the tool's cache folder keeps the download with this digest. Whoever uses it has to check the digest.
pub fn cached(cache: &Utf8Path, digest: &Digest) -> Utf8PathBuf {
    cache.join("prebuilt").join("sha256").join(digest.hex())
}

/// Notes that what the cache keeps there, if anything, is in use: `fetch` removes what nobody uses any more. In a cache
/// that cannot be written, nothing is removed either.
pub fn touch(cached: &Utf8Path) {
    let file = File::options().append(true).open(cached);
    let _ = file.and_then(|file| file.set_modified(SystemTime::now()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_that_names_itself() {
        let event = Event::Progress { id: "tool linux-arm64".to_owned(), bytes: 5, total: None };
        let line = serde_json::to_string(&event).unwrap();
        assert_eq!(line, r#"{"event":"progress","id":"tool linux-arm64","bytes":5,"total":null}"#);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }
}
