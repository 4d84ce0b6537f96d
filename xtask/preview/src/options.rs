//! The flags of `cargo xtask preview`, which that command has read before.

use std::sync::LazyLock;

pub use sixfold_project::preview::{Args as Options, Desktop};

use sixfold_base::program::TOOL;

#[derive(Debug, clap::Parser)]
#[command(name = name(), bin_name = name(), max_term_width = 100)]
pub struct CommandLine {
    #[command(flatten)]
    pub options: Options,
}

fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| format!("{TOOL} preview"));
    &NAME
}
