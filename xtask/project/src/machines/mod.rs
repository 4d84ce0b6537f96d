//! Building on several machines: which cells one machine builds (`--only`), and the folders that it hands to another (`--from`).

mod manifest;
mod only;
mod sources;
mod take;

pub use manifest::{Entry, MANIFEST, Manifest};
pub use only::Only;
pub(crate) use only::choose;
pub(crate) use sources::digest;
pub use take::Taken;
pub(crate) use take::take;
