//! One run of `cargo xtask preview`, from its flags to its end.

use std::future::pending;
use std::pin::pin;
use std::sync::Arc;

use anyhow::Result;
use sixfold_base::process::watchdog::{Watchdog, own_program};
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::timeout;

use crate::app::App;
use crate::extension::{Extension, HostFiles, Preparation};
use crate::keyboard::{self, Event};
use crate::limits::Limits;
use crate::opener::Opener;
use crate::options::Options;
use crate::server::{self, Listeners};
use crate::terminal;
use crate::ui::dev_server::DevServer;
use crate::ui::{Files, Proxy, UiSource};
use crate::{interrupt, rebuild};

/// Runs until the author ends it, or the dev server ends.
pub(crate) async fn run(options: Options) -> Result<()> {
    let extension = Arc::new(Extension::load(&options)?);
    let watchdog = Watchdog::start(&own_program()?)?;
    let listeners = Listeners::bind(options.port).await?;
    let mut interrupted = pin!(interrupt::wait());
    let prepared = tokio::select! {
        prepared = prepare(&extension, &options, &watchdog) => prepared?,
        interrupted = &mut interrupted => return interrupted,
    };
    let Prepared { ui, mut dev_server, files } = prepared;
    let binaries = extension.host_binaries(&options.profile, files)?;
    let (origin, about) = (extension.origin(listeners.port()), extension.about(&options)?);
    let access = extension.access();
    let app = Arc::new(App::new(origin, access, about, ui, binaries, watchdog, Limits::default()));
    let result = tokio::select! {
        result = serve(&app, &options, extension, listeners, &mut dev_server) => result,
        interrupted = interrupted => interrupted,
    };
    close_sockets(&app).await;
    app.binaries.end_backend().await;
    if let Some(server) = &mut dev_server {
        server.stop().await;
    }
    result
}

/// Closes the sockets of all pages, which ends their programs. The watchdog ends programs that take too long.
async fn close_sockets(app: &App) {
    app.ending.send_replace(true);
    let all = u32::try_from(app.limits.sockets).unwrap_or(u32::MAX);
    let _ = timeout(app.limits.request_timeout, app.socket_slots.acquire_many(all)).await;
}

struct Prepared {
    ui: UiSource,
    dev_server: Option<DevServer>,
    files: HostFiles,
}

/// Builds the UI or starts its dev server, and fetches the third-party binaries.
async fn prepare(extension: &Arc<Extension>, options: &Options, watchdog: &Watchdog) -> Result<Prepared> {
    let preparation = if options.dev { Preparation::InstallPackages } else { Preparation::BuildUi };
    let dev_server = options.dev.then(|| extension.dev_server()).transpose()?;
    let worker = extension.clone();
    let files = spawn_blocking(move || worker.prepare(preparation)).await??;
    let Some((line, url)) = dev_server else {
        let ui = UiSource::Files(Files::read(&extension.ui.output, extension.entry())?);
        return Ok(Prepared { ui, dev_server: None, files });
    };
    let (server, address) = DevServer::start(&extension.ui.dir, &line, &url, watchdog).await?;
    let ui = UiSource::DevServer(Proxy::new(url.authority().to_owned(), address));
    Ok(Prepared { ui, dev_server: Some(server), files })
}

/// Serves until standard input is closed, if the options say so, or until the dev server ends.
async fn serve(
    app: &Arc<App>,
    options: &Options,
    extension: Arc<Extension>,
    listeners: Listeners,
    dev_server: &mut Option<DevServer>,
) -> Result<()> {
    // These tasks end when this function returns.
    let mut tasks = JoinSet::new();
    tasks.spawn(server::serve(app.clone(), listeners));
    tasks.spawn(compile(app.clone()));
    tasks.spawn(rebuild::on_change(app.clone(), extension));
    let opener = Arc::new(Opener::new(app.binaries.preview_folder()));
    open(app, options, &opener)?;
    let mut keys = keyboard::listen(options.until_stdin_closes);
    loop {
        tokio::select! {
            ended = end_of(dev_server) => return ended,
            Some(key) = keys.recv() => match key {
                Event::Enter => open(app, options, &opener)?,
                Event::Closed => return Ok(()),
            },
        }
    }
}

/// Waits until the dev server ends. Without one, waits forever.
async fn end_of(dev_server: &mut Option<DevServer>) -> Result<()> {
    match dev_server {
        Some(server) => server.wait().await,
        None => pending().await,
    }
}

/// Compiles the host binaries while the browser opens, so that the first call has less to wait for.
async fn compile(app: Arc<App>) {
    match app.binaries.prepare().await {
        Ok(broken) if broken.is_empty() => {}
        Ok(broken) => {
            terminal::note(format_args!(
                "the UI is served, but calls of {} fail until they compile",
                broken.join(", ")
            ));
        }
        Err(error) => {
            terminal::note(format_args!("the UI is served, but the host binaries are not built: {error:#}"))
        }
    }
}

/// Shows a new link, and opens it.
fn open(app: &App, options: &Options, opener: &Arc<Opener>) -> Result<()> {
    let link = app.new_link()?;
    if options.no_open {
        terminal::answer(format!("{link}\n"));
        return Ok(());
    }
    terminal::step("Serving", format_args!("{link}"));
    terminal::line(format_args!("{:>12} press Enter for a new link, Ctrl-C to end", ""));
    let opener = opener.clone();
    std::thread::spawn(move || {
        if let Err(error) = opener.open(&link) {
            terminal::note(format_args!("cannot open a browser, so open the link yourself: {error:#}"));
        }
    });
    Ok(())
}
