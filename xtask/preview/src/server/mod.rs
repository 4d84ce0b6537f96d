//! The web server: it listens on the loopback address only, and closes connections that make no progress.

mod listeners;
mod routes;
mod write_timeout;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::http::Request;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::Semaphore;

use crate::app::App;
use crate::limits::ConnectionPermit;
pub use listeners::Listeners;
use write_timeout::WriteTimeout;

/// Bytes of the head of a request. Browsers send a few kilobytes.
const MAX_HEAD: usize = 64 * 1024;

/// Serves until the task is dropped.
pub async fn serve(app: Arc<App>, listeners: Listeners) {
    let routes = TowerToHyperService::new(routes::routes(app.clone()));
    let permits = Arc::new(Semaphore::new(app.limits.connections));
    loop {
        let Ok(permit) = permits.clone().acquire_owned().await else { return };
        let stream = match listeners.accept().await {
            Ok(stream) => stream,
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
