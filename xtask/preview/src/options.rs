//! The flags of `cargo xtask preview`, which that command has read before.

pub use xtask::commands::preview::{Args as Options, Desktop};

#[derive(Debug, clap::Parser)]
#[command(name = "cargo xtask preview", bin_name = "cargo xtask preview", max_term_width = 100)]
pub struct CommandLine {
    #[command(flatten)]
    pub options: Options,
}
