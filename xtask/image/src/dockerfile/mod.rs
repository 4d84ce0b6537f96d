//! A Dockerfile: its stages, its instructions with their places in the text, and the variables that each instruction sees.
//!
//! The builtin engine ([`crate::write`]) and the rules of `check` both read this model. `parse-dockerfile` finds where
//! instructions begin. Words, quotes and variables follow BuildKit's rules, which are cited where they are implemented.

mod copy;
mod file;
mod here_documents;
mod instruction;
mod logical;
mod problem;
mod scope;
mod words;

pub use copy::CopyArguments;
pub use file::{Dockerfile, ParseError, Stage};
pub use instruction::{Instruction, Keyword, Pair};
pub use logical::{LogicalLine, Word};
pub use problem::Problem;
pub(crate) use problem::{invalid, unsupported};
pub use scope::{Expanded, PREDEFINED, Scope};
