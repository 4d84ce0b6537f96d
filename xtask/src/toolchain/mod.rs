//! What turns Rust into a binary of another system: linkers, compilers and the libraries that they need.

pub mod cache;
pub mod darwin;
