//! `cargo xtask install`: the extension, for this machine only, into the desktop that is here.
//!
//! The way of `dist` with one platform: that of the desktop's own engine. What is missing is said before anything is
//! compiled. The tag is a new one at each run, and the images of the runs before are removed once the desktop has let
//! go of them.

use std::time::Instant;

use anyhow::{Result, bail};
use camino::Utf8Path;
use xshell::Shell;

use super::dist;
use crate::desktop;
use crate::desktop::{Desktop, Installer, Store};
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_model::values::LoopbackUrl;
use sixfold_project::plan::{CommonFlags, Machine, Plan};
use sixfold_project::{Project, dist_dir};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: CommonFlags,
    /// The desktop. Default: the one that answers, Docker Desktop where both do
    #[arg(long, value_enum)]
    desktop: Option<Installer>,
    /// Have Docker Desktop take the page from a dev server of this machine. Default: as configured, or
    /// http://localhost:3000
    #[arg(long, value_name = "URL", value_parser = |text: &str| LoopbackUrl::try_from(text.to_owned()))]
    ui_source: Option<Option<LoopbackUrl>>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let start = Instant::now();
        let lookup = self.common.lookup();
        let dist_folder = DistFolder::take(dist_dir(folder, lookup)?)?.guarded()?;
        let project = Project::load(folder, lookup)?;
        let sh = Shell::new()?;
        sh.change_dir(&project.root);
        let desktop = desktop::choose(&sh, self.desktop)?;
        let server = self.dev_server(&project, &desktop)?;
        desktop.allows_local_images()?;
        let images = desktop.images(&sh)?;

        let tag = desktop::development_tag(project.version()?)?;
        let repository = self.common.repository(&project).clone();
        let flags = self.common.for_this_machine(images.platform, tag.clone(), images.store == Store::Docker);
        let mut plan = Plan::new(&project, &flags, &Machine::look(&sh, &project)?)?;
        // Not the name of an archive that the author made to keep.
        plan.archive = "install.oci.tar".to_owned();
        let report = dist::carry_out(&sh, &project, &plan, &flags, &dist_folder)?;
        if let Some(archive) = &report.archive {
            images.load(&sh, archive.as_ref())?;
            fs_err::remove_file(archive)?;
        }
        desktop.install(&sh, &repository, &plan.image)?;
        desktop.set_ui_source(&sh, &repository, server.as_deref())?;
        images.remove_old(&sh, &repository, Some(&tag))?;
        let name = desktop.installer.name();
        terminal::step(
            "Installed",
            format_args!("{} in {name}, in {}", plan.image, terminal::elapsed(start)),
        );
        if let Some(server) = server {
            terminal::note(format_args!(
                "the page comes from {server}: start your dev server, and open the tab"
            ));
        }
        Ok(Outcome::Success)
    }

    /// The dev server that the page is to come from. Fails where there is no page, and where the desktop cannot.
    fn dev_server(&self, project: &Project, desktop: &Desktop) -> Result<Option<String>> {
        let Some(asked) = &self.ui_source else { return Ok(None) };
        let Some(ui) = &project.config.ui else {
            bail!(
                "there is no page that could come from a dev server: add [workspace.metadata.extension.ui], or leave out --ui-source"
            );
        };
        desktop.can_use_dev_server()?;
        Ok(Some(asked.as_ref().unwrap_or(&ui.dev_url).to_string()))
    }
}
