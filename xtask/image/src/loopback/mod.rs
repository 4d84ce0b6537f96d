//! A registry on the loopback interface that exists for one command. `docker buildx imagetools create` copies images into it
//! or out of it, on the side of the client and with Docker's own logins, so the bytes come from the other registry and not
//! from BuildKit's store.
//!
//! Invariant: the folder contains only blobs whose digest was computed from the bytes that arrived.
//!
//! It is plain HTTP with one thread for each connection: the only client is a program of this machine, which this process
//! has started. The name of the repository is random, so that no page in a browser and no other program can use it.

mod http;
mod store;
pub mod transfer;

use std::hash::{BuildHasher as _, RandomState};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use anyhow::{Context as _, Result};
use camino::Utf8Path;

use crate::oci::Descriptor;
use store::Store;

/// The running registry. It stops when this is dropped.
struct Registry {
    address: SocketAddr,
    store: Arc<Store>,
    stopping: Arc<AtomicBool>,
    accepting: Option<JoinHandle<()>>,
}

impl Registry {
    /// Starts a registry on a free port. Its blobs are in `folder`, as in an OCI layout.
    fn start(folder: &Utf8Path) -> Result<Self> {
        let store = Arc::new(Store::open(folder, &random_name())?);
        let listener =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("cannot listen on a port of 127.0.0.1")?;
        let (address, stopping) = (listener.local_addr()?, Arc::new(AtomicBool::new(false)));
        let (shared, stop) = (store.clone(), stopping.clone());
        let accepting = std::thread::spawn(move || {
            for connection in listener.incoming() {
                if stop.load(Ordering::Relaxed) {
                    return;
                }
                let (store, Ok(connection)) = (shared.clone(), connection) else { continue };
                std::thread::spawn(move || http::serve(&connection, &store));
            }
        });
        Ok(Self { address, store, stopping, accepting: Some(accepting) })
    }

    /// Its only repository, as Docker names it.
    fn repository(&self) -> String {
        format!("{}/{}", self.address, self.store.repository)
    }

    /// The manifest or index that has this tag or digest.
    fn manifest(&self, reference: &str) -> Option<Descriptor> {
        self.store.manifest(reference)
    }

    /// The first reason why something was refused.
    fn refusal(&self) -> Option<String> {
        self.store.refusal.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        // The connection ends the wait for the next one.
        if TcpStream::connect(self.address).is_ok() {
            let _ = self.accepting.take().map(JoinHandle::join);
        }
    }
}

/// The standard library seeds its hashers from the system's source of randomness.
fn random_name() -> String {
    let random = || RandomState::new().hash_one(());
    format!("{:016x}{:016x}/image", random(), random())
}

#[cfg(test)]
mod tests;
