//! The image: what the Dockerfile asks for, made of the stage.

mod archive;
pub mod builtin;
mod cache;
mod copy;
pub mod dockerfile;
#[cfg(test)]
mod dockerfile_tests;
pub mod layer;
pub mod oci;
pub mod recipe;
#[cfg(test)]
mod tests;
mod time;
mod variables;
pub(crate) mod words;
