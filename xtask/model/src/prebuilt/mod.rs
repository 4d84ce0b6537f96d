//! Prebuilt binaries: third-party binaries for which the configuration names an address for each cell.
//!
//! Invariant: what is wrong with a single value is reported by its type, with line and caret. What is wrong with two values
//! together is reported by `rules`. A digest may be missing here because `prebuilt update` writes it; the plan refuses that.

pub mod address;
pub mod beside;
pub mod by_cell;
mod lacking;
pub(crate) mod rules;
pub mod secrets;
mod sha256;
mod supply;
pub mod template;
pub mod wanted;

pub use lacking::{Complaint, Lacking};
pub(crate) use rules::{check, is_file_name};
pub use sha256::Sha256;
pub(crate) use supply::Spelling;
pub use supply::{Given, GivenFile, Prebuilt, Supply};

#[cfg(test)]
mod tests;
