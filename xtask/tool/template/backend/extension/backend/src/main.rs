//! The backend: it runs in Docker's VM, and answers the dashboard tab over a Unix socket.
//!
//! Without arguments, it serves on the socket until SIGTERM. With `healthcheck`, it asks the running backend whether it answers; the
//! image has no other program that could.

#[cfg(unix)]
mod healthcheck;
#[cfg(unix)]
mod server;

use std::io;
use std::process::ExitCode;

/// The socket that desktops forward to the host. `exposes` in metadata.json has its file name.
#[cfg(unix)]
const SOCKET: &str = "/run/guest-services/backend.sock";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("backend: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(unix)]
fn run() -> io::Result<()> {
    // The preview passes a private socket.
    let socket = std::env::var_os("SIXFOLD_SOCKET").unwrap_or_else(|| SOCKET.into());
    match std::env::args().nth(1).as_deref() {
        None => server::run(socket.as_ref()),
        Some("healthcheck") => healthcheck::run(socket.as_ref()),
        Some(other) => {
            Err(io::Error::other(format!("unknown argument {other}; there is only `healthcheck`")))
        }
    }
}

#[cfg(not(unix))]
fn run() -> io::Result<()> {
    Err(io::Error::other("the backend runs only in Docker's VM"))
}
