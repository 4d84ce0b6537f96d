//! A value and where it is set.

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    pub value: String,
    /// The variable, or the file: `RUSTFLAGS`, `.cargo/config.toml`.
    pub origin: String,
}
