//! `cargo xtask check`: what is wrong with an extension's sources; offline, and nothing built.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::terminal;
use sixfold_inspect::check::report::Report;
use sixfold_inspect::check::{Folder, find_root};
use sixfold_inspect::report::Format;
use sixfold_project::members;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of an extension, with or without a Cargo.toml. Default: the project that the current folder is in
    #[arg(value_name = "FOLDER")]
    folder: Option<Utf8PathBuf>,
    /// Mend what has one right answer, and show the changes
    #[arg(long)]
    fix: bool,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// `Ok(false)` where there are problems: errors or warnings.
    pub(crate) fn run(self, current: &Utf8Path) -> Result<bool> {
        let root = match &self.folder {
            Some(folder) => current.join(folder),
            None => find_root(current),
        };
        let mut folder = Folder::read(&root)?;
        if folder.is_project() {
            folder = folder.with_members(members(&root));
        }
        let mut fixed = vec![];
        if self.fix {
            for file in folder.fix() {
                file.write(&root)?;
                terminal::line(file.diff());
                fixed.push(file.source.name);
            }
        }
        let findings = folder.check().into_iter().map(|fixed| fixed.finding).collect();
        let name = self.folder.as_deref().unwrap_or(&root).as_str();
        let report = Report { folder: name, findings, fixed };
        terminal::answer(&report.render(self.format)?)?;
        Ok(report.problems().next().is_none())
    }
}
