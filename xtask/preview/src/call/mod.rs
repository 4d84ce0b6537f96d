//! One call of a page: a program that runs from its start to its end, or a list from Docker.
//!
//! No command goes through a shell. If a program cannot start, or a limit stops it, the page gets the reason as text.

mod arguments;
pub(crate) mod docker;
mod environment;
mod pipe;
pub(crate) mod request;
pub(crate) mod responder;
mod run;
mod text;

pub(crate) use run::run;
