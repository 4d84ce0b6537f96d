//! metadata.json, the first file of an extension that Docker Desktop reads.
//!
//! There is one reader, [`read()`]. It takes from any text what a host would take from it, and returns everything that is
//! wrong as [findings](Found) with line and column, for `check` and `inspect`. The build uses [`Metadata::read`], which
//! fails on what makes the content unclear. Both keep the text: [`Metadata::text_for`] returns the text that ships, so an
//! edit that is made while the build runs cannot reach the image.
//!
//! The keys are those of Docker's documentation of metadata.json and of its validator.

mod agreement;
mod content;
mod found;
mod host;
pub mod lints;
mod load;
mod read;

pub use content::{FILE, Listed, Metadata, Tab};
pub use found::Found;
pub use read::{Read, read};
