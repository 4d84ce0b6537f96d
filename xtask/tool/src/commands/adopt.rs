//! `cargo xtask adopt`: configures an extension that exists already.

use anyhow::{Result, ensure};
use camino::{Utf8Path, Utf8PathBuf};
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_model::reference::Repository;

use super::plan::Format;
use crate::adopt::Adoption;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder with metadata.json and the Dockerfile [default: the current folder]
    #[arg(value_name = "FOLDER")]
    folder: Option<Utf8PathBuf>,
    /// Write the configuration, and change the Dockerfile and ignore files to fit it
    #[arg(long)]
    write: bool,
    /// Write although git could not undo it; the old files are kept as FILE.before-adopt
    #[arg(long, requires = "write")]
    force: bool,
    /// The repository of the image [default: the one that the Makefile and workflows name]
    #[arg(long, value_name = "REPO")]
    image: Option<Repository>,
    /// The format of the output
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// Returns [`Outcome::Problems`] if something was not found that a build needs.
    pub(crate) fn run(self, current: &Utf8Path) -> Result<Outcome> {
        let root = self.folder.as_ref().map_or(current.to_owned(), |folder| current.join(folder));
        ensure!(
            root.is_dir(),
            "{root} is not a folder\nhelp: pass the folder with metadata.json and the Dockerfile"
        );
        let adoption = Adoption::find(&root, self.image.as_ref())?;
        if self.write {
            adoption.write(&root, self.force)?;
        }
        terminal::answer(&match self.format {
            Format::Text => adoption.text(),
            Format::Json => adoption.json()?,
        })?;
        let next = adoption.next().join("`, then `");
        match (self.write, adoption.is_complete()) {
            (true, true) => terminal::step("Written", format_args!("the files above; next: `{next}`")),
            (true, false) => terminal::step("Written", "the files above; add what was not found"),
            (false, _) => terminal::note("nothing was written; pass --write to write these files"),
        }
        Ok(Outcome::problems_if(!adoption.is_complete()))
    }
}
