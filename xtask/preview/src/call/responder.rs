//! Sends answers of a call to its page.

use axum::extract::ws::CloseFrame;
use tokio::sync::mpsc;

use crate::protocol::{Id, ServerMessage};

/// What the writer of a socket sends.
pub(crate) enum Outgoing {
    Message(ServerMessage),
    /// The last one: the socket is closed after it.
    Close(Option<CloseFrame>),
}

/// Sends the answers to one call.
#[derive(Clone)]
pub(crate) struct Responder {
    pub(crate) id: Id,
    pub(crate) outgoing: mpsc::Sender<Outgoing>,
}

impl Responder {
    /// Waits while the page reads too slowly. Does nothing if the page has disconnected.
    pub(crate) async fn send(&self, message: ServerMessage) {
        let _ = self.outgoing.send(Outgoing::Message(message)).await;
    }
}
