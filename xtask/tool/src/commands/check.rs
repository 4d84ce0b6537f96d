//! `cargo xtask check`: finds problems in an extension's sources, offline and without building. With `--published`, it finds those of
//! an image in its registry.

mod published;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};

use sixfold_base::error::explain;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_inspect::check::report::Report;
use sixfold_inspect::check::{Build, Folder, find_root};
use sixfold_inspect::report::Format;
use sixfold_model::config_file::ConfigFile;
use sixfold_model::finding::Severity;
use sixfold_model::reference::Tagged;
use sixfold_project::{members, must_be_for_this_version, rehearse};

#[derive(Debug, Default, clap::Args)]
pub(crate) struct Args {
    /// The folder of an extension, with or without a configuration [default: the current project]
    #[arg(value_name = "FOLDER")]
    folder: Option<Utf8PathBuf>,
    /// The Dockerfile, if it is not FOLDER/Dockerfile. FOLDER stays the build context
    #[arg(long, value_name = "DOCKERFILE")]
    file: Option<Utf8PathBuf>,
    /// A build context that the Dockerfile copies from by name
    #[arg(long = "build-context", value_name = "NAME=FOLDER", value_parser = build_context)]
    contexts: Vec<(String, Utf8PathBuf)>,
    /// Fix problems that have only one solution, and show the changes
    #[arg(long)]
    fix: bool,
    /// Check an image in its registry instead, with the tags beside its own and the pictures that its labels name. Uses the network
    #[arg(long, value_name = "IMAGE:TAG")]
    #[arg(conflicts_with_all = ["folder", "file", "contexts", "fix"])]
    published: Option<Tagged>,
    /// The output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Args {
    /// Returns [`Outcome::Problems`] if there are errors or warnings.
    pub(crate) fn run(self, current: &Utf8Path) -> Result<Outcome> {
        if let Some(image) = &self.published {
            return published::check(image, self.format);
        }
        let root = match &self.folder {
            Some(folder) => current.join(folder),
            None => find_root(current)?,
        };
        if let Some(file) = ConfigFile::in_folder(&root)? {
            file.name_in_messages();
            must_be_for_this_version(&root)?;
        }
        let from_here = |path: &Utf8PathBuf| current.join(path);
        let contexts = self.contexts.iter().map(|(name, folder)| (name.clone(), from_here(folder))).collect();
        let build = Build { dockerfile: self.file.as_ref().map(from_here), contexts };
        let mut folder = Folder::read_for(&root, build)?;
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
        let mut findings: Vec<_> = folder.check().into_iter().map(|fixed| fixed.finding).collect();
        if folder.is_project() && findings.iter().all(|finding| finding.severity < Severity::Error) {
            findings.extend(rehearse(&root).err().map(|error| Folder::plan_rejected(&explain(&error))));
        }
        let name = self.folder.as_deref().unwrap_or(&root).as_str();
        let report = Report { folder: name, findings, fixed };
        terminal::answer(&report.render(self.format)?)?;
        Ok(Outcome::problems_if(report.problems().next().is_some()))
    }
}

fn build_context(text: &str) -> Result<(String, Utf8PathBuf), String> {
    let (name, folder) = text.split_once('=').ok_or("write NAME=FOLDER")?;
    Ok((name.to_owned(), folder.into()))
}
