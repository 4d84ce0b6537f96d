//! Findings: what `check`, `inspect` and `dist` report about an extension.
//!
//! A finding has a [`Lint`] (a stable code that scripts may rely on, and that docs/lints.md explains), a place, a message and
//! help. Invariant: once a code is published, its meaning never changes.

mod item;
pub mod lint;
mod place;
pub mod render;

pub use item::{Finding, cut};
pub use lint::{Lint, Severity};
pub use place::Place;
