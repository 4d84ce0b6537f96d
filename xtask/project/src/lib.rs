//! Reads the project of an extension (configuration, cargo's graph, metadata.json) and plans how it is built.

pub mod companion;
mod graph;
pub mod plan;
pub mod prebuilt;
pub mod preview;
mod project;
pub mod toolchain;

pub use graph::{dist_dir, find_members as members};
pub use project::Project;
