//! The extension to preview: its project, and what is built from it for this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8PathBuf;
use sixfold_base::dist_folder::DistFolder;
use sixfold_base::lookup::Lookup;
use sixfold_base::program::TOOL;
use sixfold_model::compose::Compose;
use sixfold_model::config_file::CONFIG;
use sixfold_model::matrix::{Cell, ImagePath, Platform, RunsOn, Target};
use sixfold_model::values::{CommandLine, LoopbackUrl};
use sixfold_project::Project;
use sixfold_project::plan::Ui;

use crate::about::About;
use crate::app::Access;
use crate::backend::Backend;
use crate::binaries::{BinaryFolder, Build, BuildAll, HostBinaries, LocalFiles, prebuilt};
use crate::build_command;
use crate::call::docker;
use crate::guard::Origin;
use crate::machine;
use crate::options::Options;

pub(crate) struct Extension {
    pub(crate) project: Project,
    pub(crate) ui: Ui,
    machine: Target,
    lookup: Lookup,
    /// The program of the tool.
    tool: Utf8PathBuf,
}

/// What has to be done before the UI can be served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preparation {
    BuildUi,
    /// Install the packages that the dev server needs.
    InstallPackages,
}

/// The host files that cargo does not compile.
pub(crate) struct HostFiles {
    /// The name and the file of each third-party binary.
    prebuilt: Vec<(String, Utf8PathBuf)>,
    local: LocalFiles,
}

impl Extension {
    /// Loads the project that contains the current folder. Fails if it has no UI, and if metadata.json and the
    /// configuration disagree.
    pub(crate) fn load(options: &Options) -> Result<Self> {
        let folder = std::env::current_dir().context("cannot read the current folder")?;
        let folder = Utf8PathBuf::try_from(folder).context("the path of the current folder is not UTF-8")?;
        let lookup = Lookup { offline: options.offline, locked: false };
        let project = Project::load(&folder, lookup)?;
        let Some(ui) = Ui::new(&project, options.offline) else {
            bail!(
                "this extension has no UI to preview\n\
                 help: say how to build it in {} in {CONFIG}",
                CONFIG.table("ui")
            );
        };
        project.metadata.agrees_with(&project.cells(project.config.platforms.as_slice()))?;
        let tool = options.tool.clone();
        let tool =
            tool.with_context(|| format!("no --tool\nhelp: start the preview with `{TOOL} preview`"))?;
        Ok(Self { project, ui, machine: machine::target()?, lookup, tool })
    }

    /// Prepares the UI, runs the author's commands, and fetches the third-party binaries, as `dist` does and with the same
    /// caches.
    pub(crate) fn prepare(self: &Arc<Self>, preparation: Preparation) -> Result<HostFiles> {
        self.run_tool(preparation)?;
        let extension = self.clone();
        let run: BuildAll = Arc::new(move || extension.run_commands());
        // Before the commands run: what is edited meanwhile counts as changed.
        let local = LocalFiles::new(self.built_files(), self.shipped_files(), self.inputs(), run);
        self.run_commands()?;
        // Locked only while working: a running preview must not make `dist` wait.
        let dist = DistFolder::take(self.project.dist_dir())?;
        let prebuilt = prebuilt::fetch(&self.project, self.machine, self.lookup, &dist)?;
        Ok(HostFiles { prebuilt, local })
    }

    /// Runs the author's commands that build host binaries, except those whose inputs have not changed.
    fn run_commands(&self) -> Result<()> {
        if self.project.config.built().next().is_none() {
            return Ok(());
        }
        self.run(&["built", self.machine.triple()], "build the host binaries")
    }

    /// The inputs of the author's commands, as far as they are known.
    fn inputs(&self) -> Vec<Utf8PathBuf> {
        let runs = self.project.config.built().filter_map(|(_, built)| built.run(self.machine).ok());
        let inputs: BTreeSet<_> = runs.filter_map(|run| run.inputs).flatten().collect();
        inputs.into_iter().map(|input| self.project.root.join(input)).collect()
    }

    /// The host files that the author's commands write.
    fn built_files(&self) -> BTreeMap<String, Utf8PathBuf> {
        let Project { config, root, .. } = &self.project;
        let cells = config.cells(&[Platform(self.machine.arch)]);
        let is_here = |cell: &&Cell| cell.target() == self.machine && cell.os != RunsOn::Vm;
        let built = cells.iter().filter(is_here).filter_map(|cell| {
            let built = config.binary(cell)?.built()?;
            Some((cell.file_name(), root.join(built.file(self.machine))))
        });
        built.collect()
    }

    /// The host files that ship as they are in the project.
    fn shipped_files(&self) -> BTreeMap<String, Utf8PathBuf> {
        let shipped = self.project.shipped.iter().filter(|file| file.cell.target() == self.machine);
        shipped.map(|file| (file.cell.file_name(), file.from.clone())).collect()
    }

    /// Builds the UI again.
    pub(crate) fn build_ui(&self) -> Result<()> {
        self.run_tool(Preparation::BuildUi)
    }

    /// Runs the tool, which builds the UI as `dist` does: only if one of its inputs has changed.
    fn run_tool(&self, preparation: Preparation) -> Result<()> {
        let install = (preparation == Preparation::InstallPackages).then_some("--install");
        self.run(&["ui"].into_iter().chain(install).collect::<Vec<_>>(), "build the UI")
    }

    /// Runs a hidden command of the tool. `purpose` completes "cannot …".
    fn run(&self, args: &[&str], purpose: &str) -> Result<()> {
        let mut command = Command::new(&self.tool);
        command.args(args).args(self.lookup.offline.then_some("--offline")).current_dir(&self.project.root);
        let (status, _) = build_command::run(command, purpose, |_| Ok(()))?;
        ensure!(status.success(), "cannot {purpose}; the messages in the terminal say why");
        Ok(())
    }

    /// The command that starts the UI's dev server, and the address at which it answers.
    pub(crate) fn dev_server(&self) -> Result<(CommandLine, LoopbackUrl)> {
        let config = self.project.config.ui.as_ref();
        match config.and_then(|config| Some((config.dev_command(&self.ui.dir)?, config.dev_url.clone()))) {
            Some(server) => Ok(server),
            None => bail!(
                "the UI has no dev server: package.json in {} has no script `dev`\nhelp: set `dev` in {} \
                 to the command that starts it, or leave out --dev",
                self.ui.dir,
                CONFIG.table("ui")
            ),
        }
    }

    /// The path of the UI's HTML file in its output folder.
    pub(crate) fn entry(&self) -> &str {
        let tab = self.project.metadata.tab.as_ref();
        tab.and_then(|tab| tab.src.as_deref()).unwrap_or("index.html")
    }

    /// The host binaries that metadata.json lists for this system, in a folder that belongs to this preview. Copies those that
    /// exist into it; the others follow when they are compiled.
    pub(crate) fn host_binaries(&self, profile: &str, files: HostFiles) -> Result<HostBinaries> {
        let folder = BinaryFolder::take(&self.project.dist_dir().join("preview"))?;
        files.prebuilt.iter().try_for_each(|(name, file)| folder.install(name, file))?;
        let build = Build::new(&self.project, self.machine.os, profile);
        let backend = Build::of_backend(&self.project, self.machine.os, profile);
        let backend =
            backend.map(|(name, build)| Ok::<_, anyhow::Error>((Backend::new(name)?, build))).transpose()?;
        let binaries = HostBinaries::new(self.binary_names()?, self.machine.os, folder, build);
        binaries.with_backend(backend).with_local(files.local)
    }

    fn binary_names(&self) -> Result<BTreeSet<String>> {
        let listed = self.project.metadata.binaries.iter().filter(|(os, _)| *os == self.machine.os);
        Ok(listed.map(|(_, path)| path.base_name().to_owned()).collect())
    }

    /// What the page may use of the project.
    pub(crate) fn access(&self) -> Access {
        Access { root: self.project.root.clone(), env: self.project.config.preview.env.clone() }
    }

    /// Where the page is served.
    pub(crate) fn origin(&self, port: u16) -> Origin {
        let origin = Origin::of_project(self.project.config.image.name(), &self.project.root, port);
        Origin { ports: self.published_ports(), ..origin }
    }

    /// The ports of this machine that the compose file publishes. `check` reports a file that cannot be read.
    fn published_ports(&self) -> Vec<u16> {
        let path = self.project.metadata.composefile.as_ref().and_then(|path| ImagePath::new(path).ok());
        let bytes = path.and_then(|path| fs_err::read(self.project.root.join(path.relative())).ok());
        let compose = bytes.and_then(|bytes| Compose::read(&bytes).ok()).unwrap_or_default();
        compose.services.into_iter().flat_map(|service| service.ports).collect()
    }

    /// The information for the script in the page.
    pub(crate) fn about(&self, options: &Options) -> Result<About> {
        let tag =
            sixfold_model::reference::Tag::of_version(self.project.version()?).map_err(anyhow::Error::msg)?;
        Ok(About {
            image: self.project.config.image.tagged(&tag),
            platform: machine::node_platform(self.machine.os),
            arch: machine::node_arch(self.machine.arch),
            hostname: gethostname::gethostname().to_string_lossy().into_owned(),
            desktop: options.desktop,
            binaries: self.binary_names()?.into_iter().collect(),
            vm: self.project.metadata.has_vm,
            docker: docker::is_installed(),
        })
    }
}
