//! The server: one address of this machine that nobody else reaches, and connections that cannot be held open for
//! nothing.

pub mod guard;
pub mod headers;
mod reader;
mod routes;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anyhow::{Context as _, Result};
use axum::http::Request;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::app::App;
use reader::Reader;

/// The head of a request: addresses and headers of a browser are a few kilobytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// What a connection counts by. Whatever a request turns its connection into keeps it.
#[derive(Clone)]
pub struct Place(#[expect(dead_code)] Arc<OwnedSemaphorePermit>);

/// Takes a port of the loopback address; 0 is any free one.
pub async fn bind(port: u16) -> Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.with_context(|| {
        format!("cannot listen on 127.0.0.1:{port}: choose another port with --port, or none")
    })
}

/// Serves until the task is dropped.
pub async fn serve(app: Arc<App>, listener: TcpListener) {
    let routes = TowerToHyperService::new(routes::routes(app.clone()));
    let places = Arc::new(Semaphore::new(app.limits.connections));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(_) => {
                // Out of file descriptors, most likely: some will be free in a moment.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // What a program prints is there at once.
        let _ = stream.set_nodelay(true);
        let (reader, is_socket) = Reader::new(stream, app.limits.reading);
        let (place, routes) = (Place(Arc::new(place)), routes.clone());
        let service = service_fn(move |mut request: Request<_>| {
            request.extensions_mut().insert(place.clone());
            routes.call(request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(app.limits.patience)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(reader), service)
            .with_upgrades();
        tokio::spawn(async move {
            // Whatever ends a connection is the business of its other side. It ends here, too, when it becomes a socket,
            // and a page may read that as slowly as it likes.
            let _ = connection.await;
            is_socket.store(true, Ordering::Relaxed);
        });
    }
}
