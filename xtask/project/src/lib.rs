//! Reads the project of a Docker Desktop extension and plans how it is built.
//!
//! A project is a Cargo workspace with a table `[workspace.metadata.extension]` in its Cargo.toml, a metadata.json and a
//! Dockerfile. [`Project::load`] reads the first two, and asks cargo for the workspace's packages. [`Machine::look`]
//! finds out what this machine has: rustc, zig, cargo's settings. From both, and from the flags of the command line,
//! [`plan::Plan::new`] decides everything that a build does. It starts no build and writes nothing.
//!
//! # Example
//!
//! An extension with one host binary, `hello`, for Linux hosts:
//!
//! ```
//! use clap::Parser;
//! use sixfold_base::lookup::Lookup;
//! use sixfold_project::plan::{BuildFlags, Plan};
//! use sixfold_project::{Machine, Project};
//!
//! # fn main() -> anyhow::Result<()> {
//! let folder = tempfile::tempdir()?;
//! let root = camino::Utf8Path::from_path(folder.path()).unwrap();
//! let cargo_toml = r#"
//!     [package]
//!     name = "hello"
//!     version = "0.1.0"
//!     edition = "2024"
//!
//!     [workspace.metadata.extension]
//!     image = "example/hello"
//!
//!     [workspace.metadata.extension.binaries.hello]
//!     hosts = ["linux"]
//! "#;
//! std::fs::create_dir(root.join("src"))?;
//! std::fs::write(root.join("src/main.rs"), "fn main() {}")?;
//! std::fs::write(root.join("Cargo.toml"), cargo_toml)?;
//! std::fs::write(
//!     root.join("metadata.json"),
//!     r#"{ "host": { "binaries": [{ "linux": [{ "path": "/linux/hello" }] }] } }"#,
//! )?;
//! std::fs::write(
//!     root.join("Dockerfile"),
//!     "FROM scratch\nARG TARGETARCH\nCOPY common/ /\nCOPY --chmod=0755 ${TARGETARCH}/ /\n",
//! )?;
//!
//! // What the author wrote.
//! let project = Project::load(root, Lookup::default())?;
//! assert_eq!(project.config.image.as_str(), "example/hello");
//!
//! // The flags of `sixfold dist`, of which none is given here.
//! #[derive(Parser)]
//! struct Dist {
//!     #[command(flatten)]
//!     build: BuildFlags,
//! }
//! let flags = Dist::parse_from(["dist"]).build;
//!
//! // The matrix: each host gets the binary for its own system and architecture.
//! let plan = Plan::new(&project, &flags, &Machine::look(&project)?)?;
//! let cells: Vec<_> = plan
//!     .matrix
//!     .cells
//!     .iter()
//!     .map(|cell| format!("{} in {}: {}", cell.path, cell.platform, cell.target))
//!     .collect();
//! assert_eq!(
//!     cells,
//!     [
//!         "/linux/hello in linux/amd64: x86_64-unknown-linux-musl",
//!         "/linux/hello in linux/arm64: aarch64-unknown-linux-musl",
//!     ]
//! );
//! assert_eq!(plan.image.name(), "example/hello:0.1.0");
//!
//! // The plan prints as `sixfold plan` shows it.
//! println!("{plan}");
//! # Ok(())
//! # }
//! ```

pub mod companion;
pub mod crates;
#[cfg(test)]
mod crates_tests;
mod machine;
pub mod machines;
pub mod plan;
pub mod prebuilt;
pub mod preview;
mod project;
pub mod registry;
mod rehearsal;
mod times;
pub mod toolchain;
mod workspace;

pub use machine::Machine;
pub use project::{Project, must_be_for_this_version};
pub use rehearsal::rehearse;
pub use workspace::{RUSTC_WRAPPER, find_members as members};
