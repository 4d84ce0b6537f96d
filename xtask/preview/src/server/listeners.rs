//! The loopback addresses that the server listens on.
//!
//! Browsers may look for a name below `localhost` at `::1` first. If the server did not listen there, another user of this
//! machine could, and would receive the launch link. So it listens on both addresses, or on none.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

use anyhow::{Result, anyhow};
use tokio::net::{TcpListener, TcpStream};

/// Free ports to try until one is free on both addresses.
const TRIES: usize = 32;

/// One port of both loopback addresses.
#[derive(Debug)]
pub struct Listeners {
    v4: TcpListener,
    /// `None` if this machine has no IPv6.
    v6: Option<TcpListener>,
    port: u16,
}

impl Listeners {
    /// Listens on a port of the loopback addresses. Port 0 is any free one. Fails if one of them is in use.
    pub async fn bind(port: u16) -> Result<Self> {
        let mut tries = if port == 0 { TRIES } else { 1 };
        loop {
            tries -= 1;
            match Self::attempt(port).await {
                Err(error) if tries > 0 && is_in_use(&error) => {}
                bound => {
                    return bound.map_err(|error| {
                        anyhow!(
                            "cannot listen on port {port} of 127.0.0.1 and ::1: {error}\n\
                             help: choose another port with --port, or leave it out"
                        )
                    });
                }
            }
        }
    }

    async fn attempt(port: u16) -> io::Result<Self> {
        let v4 = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let port = v4.local_addr()?.port();
        let v6 = match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(listener) => Some(listener),
            Err(error) if is_in_use(&error) => return Err(error),
            Err(_) => None,
        };
        Ok(Self { v4, v6, port })
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// The next connection, on either address.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        let Some(v6) = &self.v6 else { return Ok(self.v4.accept().await?.0) };
        let (stream, _) = tokio::select! {
            accepted = self.v4.accept() => accepted?,
            accepted = v6.accept() => accepted?,
        };
        Ok(stream)
    }
}

/// True if another program listens there. Windows reports an exclusive use as a missing permission.
fn is_in_use(error: &io::Error) -> bool {
    let is_denied = cfg!(windows) && error.kind() == io::ErrorKind::PermissionDenied;
    error.kind() == io::ErrorKind::AddrInUse || is_denied
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_port_that_another_program_has_on_one_address_is_not_used() {
        let Ok(other) = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).await else { return };
        let error = Listeners::bind(other.local_addr().unwrap().port()).await.unwrap_err();
        assert!(error.to_string().contains("--port"), "{error}");
        let own = Listeners::bind(0).await.unwrap();
        assert!(is_in_use(&TcpListener::bind((Ipv6Addr::LOCALHOST, own.port())).await.unwrap_err()));
    }
}
