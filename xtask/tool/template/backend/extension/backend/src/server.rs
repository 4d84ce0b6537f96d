//! The server: `/hello` for the page, and `/health` for the container.

use std::env::consts::{ARCH, OS};
use std::io;
use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// How long requests may take after SIGTERM. Docker kills the backend ten seconds after that.
const GRACE: Duration = Duration::from_millis(500);

/// Serves on this socket until SIGTERM or Ctrl-C.
pub(crate) fn run(socket: &Path) -> io::Result<()> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(serve(socket))
}

async fn serve(socket: &Path) -> io::Result<()> {
    let (mut term, mut ctrl_c) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let listener = bind(socket)?;
    let app = Router::new()
        .route("/hello", get(|| async { Json(hello()) }))
        .route("/health", get(|| async { Json(json!({ "healthy": true })) }));
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

fn hello() -> Value {
    json!({ "message": format!("Hello from Docker's VM, which is {OS} on {ARCH}") })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_was_left_behind_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("backend.sock");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            drop(bind(&socket).unwrap());
            assert!(socket.exists());
            drop(bind(&socket).unwrap());
        });
        std::fs::remove_file(&socket).unwrap();
        std::fs::write(&socket, "mine").unwrap();
        assert!(runtime.block_on(async { bind(&socket) }).is_err());
        assert_eq!(std::fs::read(&socket).unwrap(), b"mine");
    }
}
