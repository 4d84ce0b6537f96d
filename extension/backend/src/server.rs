//! The server: `/report`, `/sample` for the live chart, and `/health`.

use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use report::{Report, Sample, Usage};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, oneshot};

/// How long requests may take after SIGTERM. Docker kills the backend ten seconds after that.
const GRACE: Duration = Duration::from_millis(500);

/// Measures the processors since the last sample, so that every sample takes no time.
type Measured = Arc<Mutex<Usage>>;

/// Serves on this socket until SIGTERM or Ctrl-C.
pub(crate) fn run(socket: &Path) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(serve(socket));
    // A report may still be measuring in its thread.
    runtime.shutdown_background();
    result
}

async fn serve(socket: &Path) -> io::Result<()> {
    let (mut term, mut ctrl_c) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = bind(socket)?;
    let app = Router::new()
        .route("/report", get(report))
        .route("/sample", get(sample))
        .route("/health", get(|| async { Json(serde_json::json!({ "healthy": true })) }))
        .with_state(Measured::new(Mutex::new(Usage::start())));
    let (stop, stopped) = oneshot::channel::<()>();
    let server = axum::serve(listener, app).with_graceful_shutdown(async {
        let _ = stopped.await;
    });
    let mut server = tokio::spawn(server.into_future());
    tokio::select! {
        result = &mut server => return result?,
        _ = term.recv() => {}
        _ = ctrl_c.recv() => {}
    }
    let _ = stop.send(());
    // A client that keeps its connection open must not keep the container alive.
    let _ = tokio::time::timeout(GRACE, server).await;
    let _ = std::fs::remove_file(socket);
    Ok(())
}

/// Listens on the socket. Replaces one that an earlier container has left behind, but no other kind of file.
fn bind(socket: &Path) -> io::Result<UnixListener> {
    if std::fs::symlink_metadata(socket).is_ok_and(|found| found.file_type().is_socket()) {
        std::fs::remove_file(socket)?;
    }
    UnixListener::bind(socket).map_err(|error| {
        io::Error::new(error.kind(), format!("cannot listen on {}: {error}", socket.display()))
    })
}

/// Measuring takes 0.2 s in a thread of its own, in which no other request waits.
async fn report() -> Result<Json<Report>, StatusCode> {
    let report = tokio::task::spawn_blocking(Report::new).await;
    report.map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn sample(State(usage): State<Measured>) -> Json<Sample> {
    let mut usage = usage.lock().await;
    Json(Sample::new(usage.percent()))
}
