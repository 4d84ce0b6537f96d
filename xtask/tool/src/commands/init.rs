//! `cargo xtask init`: creates the project of a new extension.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::outcome::Outcome;
use sixfold_base::program::TOOL;
use sixfold_base::terminal;

use crate::init::{Flags, Source, convert, create};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of the project, which is created
    #[arg(value_name = "DIR", required_unless_present = "here")]
    folder: Option<Utf8PathBuf>,
    /// Make the project out of this clone of Sixfold's repository: remove the tool, and the example unless it was changed
    #[arg(long, conflicts_with_all = ["folder", "no_git"])]
    here: bool,
    /// Do not ask whether to change the clone
    #[arg(long, requires = "here")]
    yes: bool,
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
        match &self.folder {
            Some(folder) => {
                let count = create(&current.join(folder), self.flags, self.tool, !self.no_git)?;
                terminal::step("Created", format_args!("{folder} with {count} files"));
                explain(&format!("Go there with `cd {folder}`, and run"));
            }
            None => match convert(current, self.flags, self.tool, self.yes)? {
                Some(count) => {
                    terminal::step("Created", format_args!("a project of {count} files"));
                    terminal::note(
                        "nothing is committed yet. To undo this, run `git stash --include-untracked`",
                    );
                    explain("Run");
                }
                None => terminal::note("nothing was changed"),
            },
        }
        Ok(Outcome::Success)
    }
}

/// What to do next.
fn explain(first: &str) {
    let compiled = if TOOL.name() == "sixfold" { "Sixfold for the project" } else { "Sixfold again" };
    terminal::line(format_args!(
        "\n{first} `cargo xtask dist`, or `cargo xtask preview` to see the UI. The first run takes about\nfive minutes on \
         two cores, most of it for compiling {compiled}. README.md describes the rest.",
    ));
}
