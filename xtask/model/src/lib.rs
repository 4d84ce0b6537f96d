//! The data types of Sixfold, each of which checks itself when it is read: hosts and platforms, digests, image names, findings
//! with their places, the configuration in Cargo.toml or extension.toml, metadata.json, and the layout of the stage.
//!
//! Every text that an author or an image provides is read here, once, into one type, which all other crates use. So a rule has
//! one place, and an error has a file, a line and a column.
//!
//! # From a configuration to the files of an image
//!
//! An extension has one image with a variant for each processor architecture, and lists its host binaries by operating system
//! only. So one path in the image has different content in the two variants. A [`Cell`](matrix::Cell) is one such file:
//!
//! ```
//! use sixfold_model::finding::Place;
//! use sixfold_model::matrix::Platform;
//! use sixfold_model::{config, metadata, stage};
//!
//! // The table of an author's Cargo.toml ...
//! let (config, _) = config::parse(
//!     r#"
//!     [workspace.metadata.extension]
//!     image = "you/your-extension"
//!     binaries.backend = { hosts = ["darwin", "windows"] }
//!     "#,
//! )?;
//! // ... asks for two binaries in each of two variants of the image.
//! let cells = config.cells(&Platform::ALL);
//! let paths: Vec<_> = cells.iter().map(|cell| stage::cell(cell)).collect();
//! assert_eq!(
//!     paths,
//!     [
//!         "amd64/darwin/backend",
//!         "arm64/darwin/backend",
//!         "amd64/windows/backend.exe",
//!         "arm64/windows/backend.exe",
//!     ]
//! );
//!
//! // metadata.json is read with tolerance: everything that is wrong is a finding.
//! let text = r#"{ "host": { "binaries": [{ "darwin": [{ "path": "/darwin/backend" }] }] } }"#;
//! let read = metadata::read(text.as_bytes(), &Place::path("metadata.json"));
//! assert_eq!(read.found[0].finding.code(), "host-key-missing");
//!
//! // It has to list exactly what is built.
//! let metadata = read.metadata.ok_or("the text is an object")?;
//! let error = metadata.agrees_with(&cells).unwrap_err().to_string();
//! assert!(error.contains("+ /windows/backend.exe  (windows) is built, but not listed"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A value that cannot be used is an error that shows its place:
//!
//! ```
//! let error = sixfold_model::config::parse(
//!     "[workspace.metadata.extension]\nimage = 'You/Your-Extension'",
//! )
//! .unwrap_err();
//! assert!(error.to_string().starts_with("TOML parse error at line 2, column 9"));
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

mod backend;
mod backend_path;
mod binaries;
pub mod binary;
mod binary_table;
pub mod built;
pub mod compose;
pub mod config;
pub mod config_file;
mod config_search;
pub mod digest;
pub mod files;
pub mod finding;
pub mod html;
mod image_path;
pub mod in_toto;
mod json;
pub mod labels;
pub mod macos;
pub mod matrix;
pub mod members;
pub mod metadata;
pub mod pin;
pub mod place;
mod placeholders;
pub mod prebuilt;
pub mod published;
pub mod purl;
pub mod reference;
pub mod sign;
pub mod signatures;
pub mod stage;
pub mod text;
pub mod values;
pub mod windows;
