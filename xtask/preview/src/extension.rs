//! The extension that is previewed: what its author wrote, and what is made of it for this machine.

use std::collections::BTreeSet;
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8PathBuf;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::process;
use sixfold_model::matrix::Target;
use sixfold_model::values::{CommandLine, LoopbackUrl};
use sixfold_project::Project;
use sixfold_project::plan::Ui;

use crate::options::Options;
use crate::page::html::About;
use crate::programs::{Build, Folder, Programs, prebuilt};
use crate::{docker, machine};
use sixfold_base::program::TOOL;

pub struct Extension {
    pub project: Project,
    pub ui: Ui,
    machine: Target,
    lookup: Lookup,
    /// The program of the tool.
    tool: Utf8PathBuf,
}

/// What has to be there before the page can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needed {
    /// The page, built.
    Page,
    /// The packages of its dev server.
    Packages,
}

impl Extension {
    /// The extension whose folder, or a folder of which, this program runs in. Fails when it has no page, and when
    /// metadata.json and the configuration disagree.
    pub fn find(options: &Options) -> Result<Self> {
        let folder = std::env::current_dir().context("the current folder cannot be read")?;
        let folder = Utf8PathBuf::try_from(folder).context("the path of the current folder is not UTF-8")?;
        let lookup = Lookup { offline: options.offline, locked: false };
        let project = Project::load(&folder, lookup)?;
        let Some(ui) = Ui::new(&project, options.offline) else {
            bail!(
                "this extension has no page to preview: [workspace.metadata.extension.ui] in Cargo.toml says how it is built"
            );
        };
        project.metadata.agrees_with(&project.cells(project.config.platforms.as_slice()))?;
        let tool =
            options.tool.clone().with_context(|| format!("the preview is started by `{TOOL} preview`"))?;
        Ok(Self { project, ui, machine: machine::target()?, lookup, tool })
    }

    /// Brings the page and the programs of others, as `dist` does and with the same memory of earlier runs. Gives the
    /// programs by their names.
    pub fn make(&self, needed: Needed) -> Result<Vec<(String, Utf8PathBuf)>> {
        self.run_tool(needed)?;
        // Held only while working: a preview must not keep `dist` waiting.
        let dist = DistFolder::take(self.dist())?;
        prebuilt::bring(&self.project, self.machine, self.lookup, &dist)
    }

    /// Builds the page again.
    pub fn make_page(&self) -> Result<()> {
        self.run_tool(Needed::Page)
    }

    /// Runs the tool, which builds the UI as `dist` does: only where something that it is made of has changed.
    fn run_tool(&self, needed: Needed) -> Result<()> {
        let mut command = Command::new(&self.tool);
        command.arg("ui").current_dir(&self.project.root);
        command.args((needed == Needed::Packages).then_some("--install"));
        command.args(self.lookup.offline.then_some("--offline"));
        let status = process::stream(command, "", "build the UI", |_| Ok(()))?;
        ensure!(status.success(), "the UI is not built; the messages above say why");
        Ok(())
    }

    /// All that we write for this project.
    fn dist(&self) -> Utf8PathBuf {
        self.project.workspace.target_directory.join("dist")
    }

    /// What starts the page's dev server, and where that answers.
    pub fn dev_server(&self) -> Result<(CommandLine, LoopbackUrl)> {
        let config = self.project.config.ui.as_ref();
        match config.and_then(|config| Some((config.dev_command(&self.ui.dir)?, config.dev_url.clone()))) {
            Some(server) => Ok(server),
            None => bail!(
                "the page has no dev server: package.json in {} has no script `dev`; name the command with `dev` in \
                 [workspace.metadata.extension.ui], or leave out --dev",
                self.ui.dir
            ),
        }
    }

    /// The page inside of its folder.
    pub fn entry(&self) -> &str {
        let tab = self.project.metadata.tab.as_ref();
        tab.and_then(|tab| tab.src.as_deref()).unwrap_or("index.html")
    }

    /// The programs that metadata.json lists for this system, in a folder of this preview's own. Those of the workspace
    /// come when they are compiled, `brought` are those of others.
    pub fn programs(&self, profile: &str, brought: &[(String, Utf8PathBuf)]) -> Result<Programs> {
        let folder = Folder::take(&self.dist().join("preview"))?;
        brought.iter().try_for_each(|(name, file)| folder.put(name, file))?;
        let build = Build::new(&self.project, self.machine.os, profile);
        Ok(Programs::new(self.names()?, self.machine.os, folder, build))
    }

    fn names(&self) -> Result<BTreeSet<String>> {
        let listed = self.project.metadata.binaries.iter().filter(|(os, _)| *os == self.machine.os);
        Ok(listed.map(|(_, path)| path.base_name().to_owned()).collect())
    }

    /// What the page is told.
    pub fn about(&self, options: &Options) -> Result<About> {
        let tag = self.project.version()?.to_string().parse().map_err(anyhow::Error::msg)?;
        Ok(About {
            image: self.project.config.image.tagged(&tag),
            platform: machine::node_platform(self.machine.os),
            arch: machine::node_arch(self.machine.arch),
            hostname: gethostname::gethostname().to_string_lossy().into_owned(),
            desktop: options.desktop,
            binaries: self.names()?.into_iter().collect(),
            vm: self.project.metadata.has_vm,
            docker: docker::is_here(),
        })
    }
}
