//! How much the preview does for its clients, so that none of them can exhaust the machine.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;

use crate::sessions::LINK_LIFETIME;

/// The limits of one preview. The tests use smaller ones than the default.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Programs that run at the same time.
    pub programs: usize,
    /// Bytes on each pipe of a plain exec.
    pub exec_output: usize,
    /// Bytes that all plain execs together hold, from reading their output to sending it.
    pub total_exec_output: usize,
    /// Bytes of one message from a page.
    pub message: usize,
    /// Open connections, including sockets.
    pub connections: usize,
    /// Open sockets of pages. As many more may be open that have not sent their token yet;
    /// the oldest of them makes room for a new one.
    pub sockets: usize,
    /// For the head of a request, the body of a launch, and the first message of a socket.
    pub request_timeout: Duration,
    /// For a client that reads nothing of a response.
    pub write_timeout: Duration,
    /// How long a launch link stays valid when it is not opened.
    pub link_lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            programs: 64,
            exec_output: 16 * 1024 * 1024,
            total_exec_output: 64 * 1024 * 1024,
            message: 1024 * 1024,
            connections: 256,
            sockets: 64,
            request_timeout: Duration::from_secs(5),
            write_timeout: Duration::from_secs(30),
            link_lifetime: LINK_LIFETIME,
        }
    }
}

/// One of the open connections that [`Limits::connections`] allows. Every request carries it as an extension; if the
/// connection becomes a WebSocket, the socket keeps it.
#[derive(Clone)]
pub(crate) struct ConnectionPermit(#[expect(dead_code)] Arc<OwnedSemaphorePermit>);

impl ConnectionPermit {
    pub(crate) fn new(permit: OwnedSemaphorePermit) -> Self {
        Self(Arc::new(permit))
    }
}
