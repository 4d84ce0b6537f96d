//! Finds what is wrong with a Docker Desktop extension, in its image or in its sources.
//!
//! [`inspection`] opens any image and tells what each kind of host gets from it; [`check`] reads the sources before anything
//! is built. Both apply the rules of [`metadata`] and [`labels`], and return findings whose codes docs/lints.md explains.
//! Neither needs cargo or a Rust project.
//!
//! # Example
//!
//! Check the sources of an extension:
//!
//! ```
//! use sixfold_inspect::check::Folder;
//!
//! # fn main() -> anyhow::Result<()> {
//! let temp = tempfile::tempdir()?;
//! let root = camino::Utf8Path::from_path(temp.path()).expect("the path is UTF-8");
//! std::fs::write(root.join("metadata.json"), r#"{ "icon": "icon.svg", "vm": { "image": "example/backend" } }"#)?;
//! std::fs::write(root.join("Dockerfile"), "FROM scratch\nCOPY metadata.json /\n")?;
//!
//! let found = Folder::read(root)?.check();
//! let icon = found.iter().find(|found| found.finding.code() == "icon-missing").expect("nothing copies the icon");
//! assert_eq!(icon.finding.place.to_string(), "metadata.json:1:11");
//! # Ok(())
//! # }
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

pub mod check;
mod compose;
mod fixed;
pub mod inspection;
pub mod labels;
pub mod metadata;
pub mod published;
pub mod report;

pub use inspection::{Inspection, METADATA_DIFFERS, PLATFORM_MISSING, image, pushed};

#[cfg(test)]
mod lint_tests;
