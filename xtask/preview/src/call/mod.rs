//! A call of the page: one program, from its request to its last word.
//!
//! Nothing goes through a shell. What cannot start, and what is stopped by a limit, is told to the page in words.

mod arguments;
pub mod environment;
mod output;
mod request;
mod run;

pub use request::{Mode, Request};
pub use run::{Page, run};
