//! Building on several machines: which cells one machine builds (`--only`), and the folders that it hands to another (`--from`).

mod manifest;
mod only;
mod sources;
mod taken;

pub use manifest::{Entry, MANIFEST, Manifest};
pub use only::Only;
pub(crate) use sources::digest;
pub(crate) use taken::COPY_AGAIN;
pub use taken::Taken;
