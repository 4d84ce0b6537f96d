//! End-to-end tests: the real commands, on copies of this template, against a real engine and a real registry.
//!
//! Each is ignored by a plain `cargo test`; `cargo ci` starts what they need, names it in the environment and runs them.

mod environment;
