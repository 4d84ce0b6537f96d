//! Programs of others that the extension ships beside its own.

pub mod protocol;
