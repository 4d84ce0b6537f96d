//! The command line. `cargo xtask preview` has already parsed the same flags before it starts this program.

pub use xtask::commands::preview::{Args as Options, Desktop};

#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask preview", bin_name = "cargo xtask preview", max_term_width = 100)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) options: Options,
}
