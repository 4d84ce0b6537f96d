//! Reads and writes the OCI images of Docker Desktop extensions.
//!
//! - [`read`] opens the image of any extension: an OCI layout or archive, what `docker save` writes, a folder of staged
//!   files, or a reference in a registry. It gives the labels and the files of each platform.
//! - [`mod@write`] is the builtin engine. It makes a reproducible multi-platform OCI archive from a folder and a Dockerfile that
//!   only copies files, without a container engine.
//! - [`dockerfile`] is the model of a Dockerfile that the builtin engine and `sixfold check` share.
//! - [`oci`] and [`tree`] have the types of the image format and of an image's files; [`docker`] calls Docker's command line.
//!
//! # Example
//!
//! Write an image, then read it back:
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use camino::Utf8Path;
//! use sixfold_image::read;
//! use sixfold_image::write::{BuiltinDockerfile, builtin};
//! use sixfold_model::matrix::Platform;
//!
//! # fn main() -> anyhow::Result<()> {
//! let temp = tempfile::tempdir()?;
//! let root = Utf8Path::from_path(temp.path()).expect("a UTF-8 path");
//!
//! // The build context has a folder for each platform.
//! for arch in ["amd64", "arm64"] {
//!     std::fs::create_dir_all(root.join(format!("stage/{arch}/linux")))?;
//!     std::fs::write(root.join(format!("stage/{arch}/linux/tool")), arch)?;
//! }
//! let dockerfile = "FROM scratch\nARG TARGETARCH\nLABEL vendor=Example\nCOPY --chmod=0755 ${TARGETARCH} /\n";
//! let dockerfile = BuiltinDockerfile::parse(Utf8Path::new("Dockerfile"), dockerfile, false)?;
//!
//! let archive = root.join("image.oci.tar");
//! builtin::write(&builtin::Request {
//!     stage: &root.join("stage"),
//!     dockerfile: &dockerfile,
//!     platforms: &Platform::ALL,
//!     labels: &BTreeMap::new(),
//!     created: 1_700_000_000,
//!     file_time: 1_700_000_000,
//!     names: &["example/tool:1.0.0".to_owned()],
//!     cache: &root.join("cache"),
//!     output: &archive,
//! })?;
//!
//! // Read the archive, and list the files of each platform.
//! let image = read::open(archive.as_str())?;
//! assert_eq!(image.tag.as_deref(), Some("1.0.0"));
//! for platform_image in &image.images {
//!     let files: Vec<&str> = platform_image.tree.iter().map(|(path, _)| path).collect();
//!     assert_eq!(files, ["linux", "linux/tool"]);
//!     let labels = platform_image.labels.as_ref().expect("an archive has labels");
//!     assert_eq!(labels.get("vendor").map(String::as_str), Some("Example"));
//! }
//!
//! // Contents are streamed, never held in memory as a whole.
//! let amd64 = image.images.first().expect("a platform");
//! let (_, node) = amd64.tree.resolve("/linux/tool").expect("the file");
//! let sixfold_image::tree::Kind::File { at, .. } = &node.kind else { panic!("not a file") };
//! amd64.store.visit(std::slice::from_ref(at), &mut |_, content| {
//!     assert_eq!(std::io::read_to_string(content)?, "amd64");
//!     Ok(())
//! })?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::indexing_slicing))]

pub mod docker;
pub mod dockerfile;
pub mod hash;
pub mod loopback;
pub mod oci;
pub mod read;
pub mod tree;
pub mod write;
