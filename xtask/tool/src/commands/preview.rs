//! `cargo xtask preview`: the crate `sixfold-preview`, which has the web server, takes over.

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::process;
use sixfold_project::companion::Companion;
use sixfold_project::preview::Args;

/// Comes back only with an error: the preview takes the place of this program.
pub(crate) fn run(args: &Args, folder: &Utf8Path) -> Result<Outcome> {
    let preview = Companion { name: "preview", what: "the preview, which takes a minute or two" };
    let mut command = preview.command(Lookup { offline: args.offline, locked: false })?;
    let tool = std::env::current_exe().context("the tool cannot find its own program")?;
    // What follows `preview` on the command line: the preview reads the same flags again.
    command.args(std::env::args_os().skip(2)).arg("--tool").arg(tool).current_dir(folder);
    match process::hand_over(command, "start the preview")? {}
}
