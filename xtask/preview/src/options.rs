//! The command line. The tool's command `preview` has already parsed the same flags before it starts this program.

use std::sync::LazyLock;

use sixfold_base::program::TOOL;
pub use sixfold_project::preview::{Args as Options, Desktop};

#[derive(Debug, clap::Parser)]
#[command(name = name(), bin_name = name())]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) options: Options,
}

fn name() -> &'static str {
    static NAME: LazyLock<String> = LazyLock::new(|| format!("{TOOL} preview"));
    &NAME
}
