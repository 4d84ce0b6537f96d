//! `cargo xtask install`: builds the extension for this machine, and installs it into its desktop.
//!
//! The same as `dist` with one platform, that of the desktop's own engine. Anything missing is reported before anything is
//! compiled. Each run makes a new tag, and removes the images of earlier runs once the desktop no longer uses them.

use std::time::Instant;

use anyhow::{Result, bail};
use camino::Utf8Path;

use sixfold_base::outcome::Outcome;
use sixfold_base::terminal;
use sixfold_model::config_file::CONFIG;
use sixfold_model::values::LoopbackUrl;
use sixfold_project::Project;
use sixfold_project::plan::CommonFlags;

use crate::planned;

use crate::desktop::{self, Desktop, Installer, Store};
use crate::execute::execute;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    common: CommonFlags,
    /// The desktop. Default: the one that answers; Docker Desktop if both do
    #[arg(long, value_enum)]
    desktop: Option<Installer>,
    /// Let Docker Desktop load the UI from a dev server on this machine. Default: the configured
    /// address, or http://localhost:3000
    #[arg(long, value_name = "URL", value_parser = |text: &str| LoopbackUrl::try_from(text.to_owned()))]
    ui_source: Option<Option<LoopbackUrl>>,
}

impl Args {
    pub(crate) fn run(self, folder: &Utf8Path) -> Result<Outcome> {
        let start = Instant::now();
        let lookup = self.common.lookup();
        let (project, dist) = Project::take(folder, lookup)?;
        let desktop = desktop::choose(self.desktop)?;
        let server = self.dev_server(&project, &desktop)?;
        desktop.allows_local_images()?;
        let images = desktop.images()?;

        let tag = desktop::development_tag(project.version()?)?;
        let repository = self.common.repository(&project).clone();
        let flags = self.common.for_this_machine(images.platform, tag.clone(), images.store == Store::Docker);
        let plan = planned::plan(&project, &flags)?;
        let report = execute(&images.docker, &plan, &dist)?;
        if let Some(archive) = &report.archive {
            images.load(archive.as_ref())?;
            fs_err::remove_file(archive)?;
        }
        desktop.install(&repository, plan.image.name())?;
        desktop.set_ui_source(&repository, server.as_deref())?;
        images.remove_old(&repository, Some(&tag))?;
        let name = desktop.installer.name();
        terminal::step(
            "Installed",
            format_args!("{} in {name}, in {}", plan.image.name(), terminal::elapsed(start)),
        );
        if let Some(server) = server {
            terminal::note(format_args!(
                "the UI is loaded from {server}: start your dev server, and open the tab"
            ));
        }
        Ok(Outcome::Success)
    }

    /// The dev server that the UI is loaded from, if any. Fails when there is no UI, and when the desktop cannot do that.
    fn dev_server(&self, project: &Project, desktop: &Desktop) -> Result<Option<String>> {
        let Some(asked) = &self.ui_source else { return Ok(None) };
        let Some(ui) = &project.config.ui else {
            bail!(
                "--ui-source needs a UI, and the extension has none\n\
                 help: add {}, or leave out --ui-source",
                CONFIG.table("ui")
            );
        };
        desktop.can_use_dev_server()?;
        Ok(Some(asked.as_ref().unwrap_or(&ui.dev_url).to_string()))
    }
}
