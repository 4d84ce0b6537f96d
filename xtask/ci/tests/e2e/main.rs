//! End-to-end tests: the real commands, on copies of this template, against a real engine and a real registry.
//!
//! Each is ignored by a plain `cargo test`; `cargo ci` starts what they need, names it in the environment and runs them.
//! What an archive holds is read by code of its own here (`image`, `native`), which shares nothing with xtask.

#![cfg(target_os = "linux")]

mod archive;
mod environment;
mod failure;
mod full_disk;
mod image;
mod inspect;
mod install;
mod interruption;
mod native;
mod prebuilt;
mod process;
mod programs;
mod publisher;
mod refusal;
mod registry;
mod sandbox;
