//! `cargo xtask init`: creates the project of a new extension.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::outcome::Outcome;
use sixfold_base::program::TOOL;
use sixfold_base::terminal;

use crate::init::{Flags, Source, create};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the project, which is created
    #[arg(value_name = "DIR")]
    folder: Utf8PathBuf,
    #[command(flatten)]
    flags: Flags,
    /// Where the project gets Sixfold from: path:DIR, git:URL#TAG, git:URL#COMMIT or a version
    /// [default: where this program is from]
    #[arg(long, value_name = "SOURCE")]
    tool: Option<Source>,
    /// Do not make a git repository with a first commit
    #[arg(long)]
    no_git: bool,
}

impl Args {
    pub(crate) fn run(self, current: &Utf8Path) -> Result<Outcome> {
        let folder = current.join(&self.folder);
        let created = create(&folder, self.flags, self.tool, !self.no_git)?;
        terminal::step("Created", format_args!("{} with {created} files", self.folder));
        terminal::line(format_args!(
            "\nGo there with `cd {}`, and run `cargo xtask dist`, or `cargo xtask preview` to see the UI. The first run \
             takes about\nfive minutes on two cores, most of it for compiling {}. README.md describes the rest.",
            self.folder,
            if TOOL.name() == "sixfold" { "Sixfold for the project" } else { "Sixfold again" },
        ));
        Ok(Outcome::Success)
    }
}
