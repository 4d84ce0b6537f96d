//! `cargo xtask preview`, from its flags to its end.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use anyhow::Result;
use camino::Utf8PathBuf;
use sixfold_base::process::watchdog::{Watchdog, own_program};
use sixfold_base::terminal;
use tokio::net::TcpListener;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

use crate::app::{App, Limits};
use crate::extension::{Extension, Needed};
use crate::keyboard::{self, Event};
use crate::opener::Opener;
use crate::options::Options;
use crate::page::dev::DevServer;
use crate::page::{Files, Page, Proxy, watch};
use crate::{interrupt, server};

/// Runs until it is asked to end.
pub async fn run(options: Options) -> Result<()> {
    let extension = Arc::new(Extension::find(&options)?);
    let warden = Watchdog::start(&own_program()?)?;
    let listener = server::bind(options.port).await?;
    let mut asked = pin!(interrupt::asked());
    let prepared = tokio::select! {
        prepared = prepare(&extension, &options, &warden) => prepared?,
        asked = &mut asked => return asked,
    };
    let Prepared { page, mut dev, brought } = prepared;
    let programs = extension.programs(&options.profile, &brought)?;
    let (port, about) = (listener.local_addr()?.port(), extension.about(&options)?);
    let root = extension.project.root.clone();
    let app = Arc::new(App::new(port, root, about, page, programs, warden, Limits::default()));
    let result = tokio::select! {
        result = serve(&app, &options, extension, listener, &mut dev) => result,
        asked = asked => asked,
    };
    app.ending.send_replace(true);
    let everything = u32::try_from(app.limits.sockets).unwrap_or(u32::MAX);
    // Who comes too late is ended by the warden.
    let _ = timeout(app.limits.patience, app.sockets.acquire_many(everything)).await;
    if let Some(dev) = &mut dev {
        dev.end().await;
    }
    result
}

struct Prepared {
    page: Page,
    dev: Option<DevServer>,
    /// Programs of others.
    brought: Vec<(String, Utf8PathBuf)>,
}

/// Builds the page, or starts its dev server, and brings the programs of others.
async fn prepare(extension: &Arc<Extension>, options: &Options, warden: &Watchdog) -> Result<Prepared> {
    let needed = if options.dev { Needed::Packages } else { Needed::Page };
    let server = options.dev.then(|| extension.dev_server()).transpose()?;
    let making = extension.clone();
    let brought = spawn_blocking(move || making.make(needed)).await??;
    let (page, dev) = match server {
        None => (Page::Files(Files::read(&extension.ui.output, extension.entry())?), None),
        Some((line, url)) => {
            let (dev, address) = DevServer::start(&extension.ui.dir, &line, &url, warden).await?;
            (Page::Dev(Proxy::new(url.authority().to_owned(), address)), Some(dev))
        }
    };
    Ok(Prepared { page, dev, brought })
}

/// Serves until standard input closes, where that is asked for, or the dev server is gone.
async fn serve(
    app: &Arc<App>,
    options: &Options,
    extension: Arc<Extension>,
    listener: TcpListener,
    dev: &mut Option<DevServer>,
) -> Result<()> {
    // They end with this function.
    let mut tasks = JoinSet::new();
    tasks.spawn(server::serve(app.clone(), listener));
    tasks.spawn(compile(app.clone()));
    if let Page::Files(_) = app.page {
        tasks.spawn(watch::watch(app.clone(), extension));
    }
    let opener = Arc::new(Opener::new(app.programs.own_folder()));
    open(app, options, &opener)?;
    let mut keys = keyboard::listen(options.until_stdin_closes);
    loop {
        tokio::select! {
            ended = ended(dev) => return ended,
            Some(key) = keys.recv() => match key {
                Event::Enter => open(app, options, &opener)?,
                Event::Closed => return Ok(()),
            },
        }
    }
}

/// Waits until the dev server ends, if there is one.
async fn ended(dev: &mut Option<DevServer>) -> Result<()> {
    match dev {
        Some(dev) => dev.ended().await,
        None => pending().await,
    }
}

/// Compiles the programs while the page is on its way, so that its first call does not have to wait for all of it.
async fn compile(app: Arc<App>) {
    if app.programs.prepare().await.is_err() {
        terminal::note("the page is there, and its calls fail until the programs compile");
    }
}

/// Shows a fresh link, and opens it.
fn open(app: &App, options: &Options, opener: &Arc<Opener>) -> Result<()> {
    let link = app.link()?;
    if options.no_open {
        return terminal::answer(&format!("{link}\n"));
    }
    terminal::step("Serving", format_args!("{link}"));
    terminal::line(format_args!("{:>12} press Enter for another link, Ctrl-C to end", ""));
    let opener = opener.clone();
    std::thread::spawn(move || {
        if let Err(error) = opener.open(&link) {
            terminal::note(format_args!(
                "no browser could be opened, so open the address yourself: {error:#}"
            ));
        }
    });
    Ok(())
}
