//! `cargo xtask preview`, from its flags to its end.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use tokio::net::TcpListener;
use tokio::time::timeout;
use xtask::matrix::HostOs;
use xtask::plan::Ui;
use xtask::project::{Lookup, Project};
use xtask::terminal;

use crate::app::{App, Limits};
use crate::keyboard::{self, Event};
use crate::options::Options;
use crate::page::dev::DevServer;
use crate::page::html::About;
use crate::page::{Files, Page, Proxy, watch as page_watch};
use crate::programs::{Build, Folder, Programs};
use crate::warden::Warden;
use crate::{docker, interrupt, machine, server};

/// Where the page and the programs come from.
struct Sources {
    project: Project,
    ui: Ui,
    os: HostOs,
}

/// Runs until it is asked to end.
pub async fn run(options: Options) -> Result<()> {
    let sources = Sources::find(&options)?;
    let warden = Warden::start(&own_path()?)?;
    let listener = server::bind(options.port).await?;
    let mut dev = None;
    let prepared = tokio::select! {
        prepared = prepare(&sources, &options, &warden, &mut dev) => prepared,
        asked = interrupt::asked() => return asked,
    };
    let app = Arc::new(sources.app(&options, prepared?, warden, listener.local_addr()?.port())?);
    let result = serve(&app, &options, &sources, listener, &mut dev).await;
    app.ending.send_replace(true);
    let everything = u32::try_from(app.limits.sockets).unwrap_or(u32::MAX);
    // Who comes too late is ended by the warden.
    let _ = timeout(app.limits.patience, app.sockets.acquire_many(everything)).await;
    if let Some(dev) = &mut dev {
        dev.end().await;
    }
    result
}

fn own_path() -> Result<Utf8PathBuf> {
    let path = std::env::current_exe().context("the path of this program cannot be read")?;
    Utf8PathBuf::try_from(path).context("the path of this program is not UTF-8")
}

impl Sources {
    fn find(options: &Options) -> Result<Self> {
        let folder = std::env::current_dir().context("the current folder cannot be read")?;
        let folder = Utf8PathBuf::try_from(folder).context("the path of the current folder is not UTF-8")?;
        let project = Project::load(&folder, Lookup { offline: options.offline, locked: false })?;
        let Some(ui) = Ui::new(&project, options.offline) else {
            bail!(
                "this extension has no page to preview: [workspace.metadata.extension.ui] in Cargo.toml says how it is built"
            );
        };
        project.metadata.agrees_with(&project.cells(project.config.platforms.as_slice()))?;
        Ok(Self { project, ui, os: machine::os()? })
    }

    /// All that we write for this project.
    fn dist(&self) -> Utf8PathBuf {
        self.project.workspace.target_directory.join("dist")
    }

    /// The base names that metadata.json lists for this system.
    fn names(&self) -> Result<BTreeSet<String>> {
        let listed = self.project.metadata.binaries()?;
        Ok(listed
            .into_iter()
            .filter(|(os, _)| *os == self.os)
            .map(|(_, path)| path.base_name().to_owned())
            .collect())
    }

    /// The page inside of its folder.
    fn entry(&self) -> &str {
        let tab = self.project.metadata.ui.as_ref().and_then(|ui| ui.dashboard_tab.as_ref());
        tab.and_then(|tab| tab.src.as_deref()).unwrap_or("index.html")
    }

    fn app(&self, options: &Options, page: Page, warden: Warden, port: u16) -> Result<App> {
        let project = &self.project;
        let folder = Folder::take(&self.dist().join("preview"))?;
        let build = Build::new(project, self.os, &options.profile);
        let names = self.names()?;
        let about = About {
            image: project
                .config
                .image
                .tagged(&project.version()?.to_string().parse().map_err(anyhow::Error::msg)?),
            platform: machine::node_platform(self.os),
            arch: machine::node_arch(),
            hostname: gethostname::gethostname().to_string_lossy().into_owned(),
            desktop: options.desktop,
            binaries: names.iter().cloned().collect(),
            vm: project.metadata.vm.is_some(),
            docker: docker::is_here(),
        };
        let programs = Programs::new(names, self.os, folder, build);
        Ok(App::new(port, project.root.clone(), about, page, programs, warden, Limits::default()))
    }
}

/// Builds the page, or starts its dev server.
async fn prepare(
    sources: &Sources,
    options: &Options,
    warden: &Warden,
    dev: &mut Option<DevServer>,
) -> Result<Page> {
    let (ui, dist) = (sources.ui.clone(), sources.dist());
    xtask::ui::ready(&ui)?;
    if !options.dev {
        let build = tokio::task::spawn_blocking(move || page_watch::build(&ui, dist));
        build.await??;
        return Ok(Page::Files(Files::read(&sources.ui.output, sources.entry())?));
    }
    let Some(line) = sources.project.config.ui.as_ref().and_then(|config| config.dev_command(&ui.dir)) else {
        bail!(
            "the page has no dev server: package.json in {} has no script `dev`; name the command with `dev` in \
             [workspace.metadata.extension.ui], or leave out --dev",
            ui.dir
        );
    };
    let install = tokio::task::spawn_blocking(move || page_watch::install(&ui, dist));
    install.await??;
    let url = sources.project.config.ui.as_ref().map(|config| config.dev_url.clone()).unwrap_or_default();
    *dev = Some(DevServer::start(&sources.ui.dir, &line, &url, warden).await?);
    Ok(Page::Dev(Proxy::new(url.authority().to_owned())))
}

/// Serves until somebody asks for the end, or the dev server is gone.
async fn serve(
    app: &Arc<App>,
    options: &Options,
    sources: &Sources,
    listener: TcpListener,
    dev: &mut Option<DevServer>,
) -> Result<()> {
    let server = tokio::spawn(server::serve(app.clone(), listener));
    let compiling = tokio::spawn(compile(app.clone()));
    let watching = match app.page {
        Page::Files(_) => {
            Some(tokio::spawn(page_watch::watch(app.clone(), sources.ui.clone(), sources.dist())))
        }
        Page::Dev(_) => None,
    };
    open(app, options)?;
    let mut keys = keyboard::listen(options.until_stdin_closes);
    let result = loop {
        tokio::select! {
            asked = interrupt::asked() => break asked,
            ended = async { match dev.as_mut() { Some(dev) => dev.ended().await, None => std::future::pending().await } } => break ended,
            Some(key) = keys.recv() => match key {
                Event::Enter => open(app, options)?,
                Event::Closed => break Ok(()),
            },
        }
    };
    terminal::step("Ending", "what the page has started");
    compiling.abort();
    if let Some(watching) = watching {
        watching.abort();
    }
    server.abort();
    result
}

/// Compiles the programs while the page is on its way, so that its first call does not have to wait for all of it.
async fn compile(app: Arc<App>) {
    if app.programs.prepare().await.is_err() {
        terminal::note("the page is there, and its calls fail until the programs compile");
    }
}

/// Shows a fresh link, and opens it.
fn open(app: &App, options: &Options) -> Result<()> {
    let link = app.link()?;
    if options.no_open {
        return terminal::answer(&format!("{link}\n"));
    }
    terminal::step("Serving", format_args!("{link}"));
    terminal::line(format_args!("{:>12} press Enter for another link, Ctrl-C to end", ""));
    std::thread::spawn(move || {
        if webbrowser::open(&link).is_err() {
            terminal::note("no browser could be opened: open the address yourself");
        }
    });
    Ok(())
}
