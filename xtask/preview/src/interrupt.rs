//! Waits for the request to end the preview.

use anyhow::{Context as _, Result};

/// Waits for SIGINT (Ctrl-C), SIGTERM or SIGHUP (the terminal was closed).
#[cfg(unix)]
pub(crate) async fn wait() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).context("cannot listen for signals");
    let mut interrupt = listen(SignalKind::interrupt())?;
    let mut terminate = listen(SignalKind::terminate())?;
    let mut hang_up = listen(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hang_up.recv() => {}
    }
    Ok(())
}

/// Waits for Ctrl-C, Ctrl-Break, or the end of the console or of the Windows session.
#[cfg(windows)]
pub(crate) async fn wait() -> Result<()> {
    use tokio::signal::windows;
    let context = "cannot listen for Ctrl-C";
    let mut interrupt = windows::ctrl_c().context(context)?;
    let mut stop = windows::ctrl_break().context(context)?;
    let mut close = windows::ctrl_close().context(context)?;
    let mut shutdown = windows::ctrl_shutdown().context(context)?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = stop.recv() => {}
        _ = close.recv() => {}
        _ = shutdown.recv() => {}
    }
    Ok(())
}
