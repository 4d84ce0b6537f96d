//! `check`: what is wrong with an extension's sources, before anything is built.
//!
//! [`Folder`] reads the sources once. Its checks are a pure function of the sources, of the files beside them, and of what
//! cargo says about the workspace. Sixfold projects are checked with their configuration; other extensions as far as their
//! metadata.json and Dockerfile go. The rules for metadata.json and labels are [`crate::metadata`] and [`crate::labels`].

mod binaries;
mod config;
mod context;
pub mod dockerfile;
mod files;
pub mod fix;
mod folder;
mod git_ignored;
pub mod image_files;
mod labels;
mod missing_copies;
mod mounts;
mod page;
mod places;
mod prebuilt;
pub mod report;
mod sample;
pub mod source;
mod trace;

#[cfg(test)]
use sixfold_model::finding::Lint;

pub use folder::{Build, Folder, find_root};
pub use labels::of_build as labels_of_build;
pub use missing_copies::missing_copies;

/// All lints of `check` that `inspect` does not have.
#[cfg(test)]
pub(crate) fn lints() -> impl Iterator<Item = &'static Lint> {
    use dockerfile::{arguments, copies, platforms};
    let of_dockerfile =
        [dockerfile::ALL, arguments::ALL, platforms::ALL, dockerfile::labels::ALL, copies::ALL];
    let of_project =
        [config::ALL, sample::ALL, binaries::ALL, crate::metadata::build::ALL, files::ALL, page::ALL];
    let of_project = of_project.into_iter().chain([prebuilt::ALL]);
    of_project.chain(of_dockerfile).flatten().copied()
}

#[cfg(test)]
mod platform_tests;
#[cfg(test)]
mod tests;
