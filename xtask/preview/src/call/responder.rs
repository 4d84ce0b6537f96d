//! Sends answers of a call to its page.

use std::sync::Arc;

use axum::extract::ws::CloseFrame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::protocol::{Id, ServerMessage};

/// What the writer of a socket sends.
pub(crate) enum Outgoing {
    Message(ServerMessage),
    /// A message with the output of a plain exec, which counts until it is sent.
    Result(ServerMessage, Share),
    /// The last one: the socket is closed after it.
    Close(Option<CloseFrame>),
}

/// The part of the budget of all plain execs that one output uses. It is free again when this value is dropped.
#[derive(Default)]
pub(crate) struct Share(Option<OwnedSemaphorePermit>);

impl Share {
    /// Adds a number of bytes. `None` if not enough are left.
    pub(super) fn grow(&mut self, budget: &Arc<Semaphore>, bytes: usize) -> Option<()> {
        let more = budget.clone().try_acquire_many_owned(u32::try_from(bytes).ok()?).ok()?;
        self.add(Self(Some(more)));
        Some(())
    }

    pub(super) fn add(&mut self, other: Self) {
        match (&mut self.0, other.0) {
            (Some(own), Some(other)) => own.merge(other),
            (own, other) => *own = own.take().or(other),
        }
    }
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

    /// The same for a message with output.
    pub(super) async fn send_result(&self, message: ServerMessage, share: Share) {
        let _ = self.outgoing.send(Outgoing::Result(message, share)).await;
    }
}
