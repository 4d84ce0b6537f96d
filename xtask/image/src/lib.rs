//! The image: what the Dockerfile asks for, made of the stage.

mod archive;
pub mod builtin;
mod cache;
mod copy;
pub mod docker;
pub mod dockerfile;
#[cfg(test)]
mod dockerfile_tests;
pub mod layer;
pub mod oci;
pub mod recipe;
pub mod source;
#[cfg(test)]
mod tests;
mod time;
pub mod tree;
mod variables;
pub mod words;
