//! End-to-end tests: the real commands on copies of this repository and of a small extension, with a real engine and a real
//! registry.
//!
//! A plain `cargo test` ignores them all. `cargo ci` starts the servers that they need, passes their addresses in the
//! environment, and runs the tests. The contents of archives are read by code (`image`, `native`) that shares nothing with
//! xtask.

#![cfg(target_os = "linux")]

mod adopt;
mod adopted;
mod alias;
mod archive;
mod auditable;
mod authority;
mod backend;
mod bases;
mod cosign;
mod crafted;
mod environment;
mod failure;
mod full_disk;
mod headers;
mod image;
mod init;
mod inspect;
mod install;
mod interruption;
mod machines;
mod native;
mod prebuilt;
mod process;
mod published;
mod publisher;
mod rcodesign;
mod read_back;
mod reading;
mod refusal;
mod registry;
mod remote_builder;
mod resources;
mod sample;
mod sandbox;
mod sbom;
mod sccache;
mod signing;
mod windows;
mod windows_arm64;
mod wine;
