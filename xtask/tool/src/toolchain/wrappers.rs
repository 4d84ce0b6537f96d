//! The wrappers around zig, as the hidden command `zig-wrappers` prints them.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use serde::{Deserialize, Serialize};

/// What cargo has to be told to use zig for one target.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct Wrappers {
    /// `zig cc`, called as a linker.
    pub linker: Utf8PathBuf,
    /// Zig's name of the target: `aarch64-macos.11.0`.
    pub zig_target: String,
    /// Environment variables for build scripts that compile C. Empty if none does.
    pub variables: BTreeMap<String, String>,
}

/// By target triple.
pub(crate) type AllWrappers = BTreeMap<String, Wrappers>;
