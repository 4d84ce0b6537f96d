//! `cargo xtask preview`: builds the crate `sixfold-preview` and runs it. That crate contains the web server.

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::process;
use sixfold_project::companion::Companion;
use sixfold_project::preview::Args;

/// Returns only with an error, because the preview replaces this process.
pub(crate) fn run(args: &Args, folder: &Utf8Path) -> Result<Outcome> {
    let preview = Companion { name: "preview", what: "the preview" };
    let mut command = preview.command(Lookup { offline: args.offline, locked: false })?;
    let tool = std::env::current_exe().context("cannot find the path of this program")?;
    // The preview parses the same flags again.
    command.args(std::env::args_os().skip(2)).arg("--tool").arg(tool).current_dir(folder);
    match process::hand_over(command, "start the preview")? {}
}
