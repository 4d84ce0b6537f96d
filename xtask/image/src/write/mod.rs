//! The builtin engine: writes an image from a stage and a Dockerfile, without a container engine.
//!
//! The Dockerfile is checked ([`BuiltinDockerfile`]) and evaluated for each platform ([`Recipe`]). Its COPY steps select
//! files; each set of files becomes a compressed layer, which a cache keeps; and the layers become one archive.

mod archive;
mod arguments;
mod attach;
#[cfg(test)]
mod attach_tests;
pub mod builtin;
mod cache;
mod copy;
mod layer;
mod recipe;
mod supported;
#[cfg(test)]
mod supported_tests;
#[cfg(test)]
mod tests;
mod time;

pub use attach::{attach, pack};
pub use recipe::Recipe;
pub use supported::{BuiltinDockerfile, DockerfileError, DockerfileText};
pub use time::rfc3339;
