//! Prebuilt binaries: third-party programs that the extension ships beside its own.
//!
//! `download` says what has to be downloaded, `source` which file each host gets, and `fetch_files` puts the files
//! into the dist folder.

mod download;
pub mod fetch_files;
pub mod fetch_program;
pub mod progress;
pub mod protocol;
mod record;
mod source;

pub use download::{Download, cached_digests, downloads};
pub(crate) use source::skipped;
pub use source::{Place, Prebuilt, Skipped, Source, source};
