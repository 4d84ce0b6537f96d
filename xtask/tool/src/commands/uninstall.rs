//! `cargo xtask uninstall`: undoes `install`. Removes the extension, the setting of the UI's source, and the images.

use anyhow::Result;
use camino::Utf8Path;
use xshell::Shell;

use crate::desktop;
use crate::desktop::Installer;
use sixfold_base::lookup::Lookup;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_model::reference::Repository;
use sixfold_project::Project;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The repository, instead of the configured one
    #[arg(long, value_name = "REPO")]
    image: Option<Repository>,
    /// The desktop [default: the one that is running; Docker Desktop if both are]
    #[arg(long, value_enum)]
    desktop: Option<Installer>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let project = Project::load(folder, Lookup::default())?;
        let sh = Shell::new()?;
        sh.change_dir(&project.root);
        let desktop = desktop::choose(&sh, self.desktop)?;
        let repository = self.image.as_ref().unwrap_or(&project.config.image);
        let images = desktop.images(&sh)?;
        let name = desktop.installer.name();
        if desktop.has(repository) {
            desktop.uninstall(&sh, repository)?;
            terminal::step("Uninstalled", format_args!("{repository} from {name}"));
        } else {
            terminal::note(format_args!("{name} does not have {repository}"));
        }
        images.remove_old(&sh, repository, None)?;
        Ok(Outcome::Success)
    }
}
