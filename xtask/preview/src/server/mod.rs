//! The server: one address of this machine that nobody else reaches, and connections that cannot be held open for
//! nothing.

pub mod guard;
pub mod headers;
mod routes;

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::app::App;

/// The head of a request: addresses and headers of a browser are a few kilobytes.
const LONGEST_HEAD: usize = 64 * 1024;

/// Takes a port of the loopback address; 0 is any free one.
pub async fn bind(port: u16) -> Result<TcpListener> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
    listener.with_context(|| {
        format!("cannot listen on 127.0.0.1:{port}: choose another port with --port, or none")
    })
}

/// Serves until the task is dropped.
pub async fn serve(app: Arc<App>, listener: TcpListener) {
    let routes = routes::routes(app.clone());
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
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(app.limits.patience)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(routes.clone()))
            .with_upgrades();
        tokio::spawn(async move {
            // Whatever ends a connection is the business of its other side.
            let _ = connection.await;
            drop(place);
        });
    }
}
