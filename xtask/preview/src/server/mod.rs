//! The web server: it listens on the loopback address only, and closes connections that make no progress.

mod routes;
mod write_timeout;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::Result;
use axum::http::Request;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::limits::ConnectionPermit;
use write_timeout::WriteTimeout;

/// Bytes of the head of a request. Browsers send a few kilobytes.
const MAX_HEAD: usize = 64 * 1024;

/// Listens on a port of the loopback address. Port 0 is any free one.
pub async fn bind(port: u16) -> Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.map_err(|error| {
        anyhow::anyhow!(
            "cannot listen on 127.0.0.1:{port}: {error}\nhelp: choose another port with --port, or leave it out"
        )
    })
}

/// Serves until the task is dropped.
pub async fn serve(app: Arc<App>, listener: TcpListener) {
    let routes = TowerToHyperService::new(routes::routes(app.clone()));
    let permits = Arc::new(Semaphore::new(app.limits.connections));
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Most likely there are no file descriptors left. Some will be free soon.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // The page should see output at once.
        let _ = stream.set_nodelay(true);
        let (stream, is_socket) = WriteTimeout::new(stream, app.limits.write_timeout);
        let (permit, routes) = (ConnectionPermit::new(permit), routes.clone());
        let service = service_fn(move |mut request: Request<_>| {
            request.extensions_mut().insert(permit.clone());
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(app.limits.request_timeout)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        tokio::spawn(async move {
            // An error concerns only this client. The connection also ends here when it becomes a socket, which a page
            // may read as slowly as it likes.
            let _ = connection.await;
            is_socket.store(true, Ordering::Relaxed);
        });
    }
}
