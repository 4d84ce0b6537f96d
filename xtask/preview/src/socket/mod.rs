//! The WebSocket of a page: its calls in one direction, their answers in the other.
//!
//! Invariant: nothing happens before the page has sent a valid token, and the programs of a page end when its connection
//! ends, for whatever reason.

mod calls;

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{SemaphorePermit, broadcast, mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::app::App;
use crate::call::responder::{Outgoing, Share};
use crate::protocol::{PageMessage, ServerMessage, UnreadableCall};
use crate::terminal;
use calls::Calls;

/// Messages that wait for a page that reads slowly. When there are more, programs wait.
const QUEUE: usize = 64;

/// Why a socket is closed.
enum CloseReason {
    InvalidMessage,
    UnknownToken,
    HelloTimeout,
    TooManyPages,
    PreviewEnds,
    /// The page has closed it already.
    Disconnected,
}

impl CloseReason {
    fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::InvalidMessage => (4400, "the message violates the protocol of the preview"),
            Self::UnknownToken => (4401, "unknown token: open a new link"),
            Self::HelloTimeout => (4408, "no token received in time"),
            Self::TooManyPages => (1013, "too many pages are open: close some"),
            Self::PreviewEnds => (1001, "the preview has ended"),
            Self::Disconnected => return None,
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// Serves one page from its first message until it disconnects.
pub(crate) async fn serve(app: Arc<App>, mut socket: WebSocket) {
    let (session, _slot) = match admit(&app, &mut socket).await {
        Ok(admitted) => admitted,
        Err(reason) => {
            let _ = timeout(app.limits.request_timeout, socket.send(Message::Close(reason.frame()))).await;
            return;
        }
    };
    let (sink, stream) = socket.split();
    let (outgoing, queue) = mpsc::channel(QUEUE);
    let writer = tokio::spawn(write(sink, queue));
    let broadcasts = tokio::spawn(forward_broadcasts(app.broadcasts.subscribe(), outgoing.clone()));
    let mut calls = Calls::new(app.clone(), outgoing.clone());
    let _ = outgoing.send(Outgoing::Message(ServerMessage::Welcome)).await;
    let reason = receive(&app, stream, session, &mut calls).await;
    broadcasts.abort();
    // At the same time, so that a page that does not read does not delay the end of its programs.
    tokio::join!(close(&app, &outgoing, writer, reason), calls.end());
}

/// Tells the page why its socket is closed, if it still reads.
async fn close(app: &App, outgoing: &mpsc::Sender<Outgoing>, writer: JoinHandle<()>, reason: CloseReason) {
    let abort = writer.abort_handle();
    if outgoing.try_send(Outgoing::Close(reason.frame())).is_err()
        || timeout(app.limits.request_timeout, writer).await.is_err()
    {
        abort.abort();
    }
}

/// Admits a page that has a token, if there is room. Sockets that have not sent one yet are counted separately, and make room
/// for others, so that they cannot block pages.
async fn admit<'a>(
    app: &'a App,
    socket: &mut WebSocket,
) -> Result<(watch::Receiver<bool>, SemaphorePermit<'a>), CloseReason> {
    let session = {
        let waiting = app.waiting_sockets.add(app.limits.sockets);
        tokio::select! {
            session = authenticate(app, socket) => session?,
            () = waiting.has_to_leave() => return Err(CloseReason::TooManyPages),
        }
    };
    let slot = app.socket_slots.try_acquire().map_err(|_| CloseReason::TooManyPages)?;
    Ok((session, slot))
}

/// Waits for the first message, and checks its token. The returned value becomes true when the session ends.
async fn authenticate(app: &App, socket: &mut WebSocket) -> Result<watch::Receiver<bool>, CloseReason> {
    let first =
        timeout(app.limits.request_timeout, socket.recv()).await.map_err(|_| CloseReason::HelloTimeout)?;
    let Some(Ok(Message::Text(text))) = first else { return Err(CloseReason::InvalidMessage) };
    match serde_json::from_str(&text) {
        Ok(PageMessage::Hello { token }) => app.sessions.enter(&token).ok_or(CloseReason::UnknownToken),
        _ => Err(CloseReason::InvalidMessage),
    }
}

/// Handles the messages of the page until the socket has to be closed.
async fn receive(
    app: &App,
    mut stream: SplitStream<WebSocket>,
    mut session: watch::Receiver<bool>,
    calls: &mut Calls,
) -> CloseReason {
    let mut ending = app.ending.subscribe();
    loop {
        // Handling a message may wait for a page that does not read. The other two must not.
        let handled = tokio::select! {
            handled = async { handle(stream.next().await, calls).await } => handled,
            _ = session.wait_for(|ended| *ended) => Err(CloseReason::UnknownToken),
            _ = ending.wait_for(|ending| *ending) => Err(CloseReason::PreviewEnds),
        };
        if let Err(reason) = handled {
            return reason;
        }
    }
}

async fn handle(message: Option<Result<Message, axum::Error>>, calls: &mut Calls) -> Result<(), CloseReason> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
        Some(Ok(Message::Binary(_))) => return Err(CloseReason::InvalidMessage),
        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(CloseReason::Disconnected),
    };
    let is_valid = match serde_json::from_str(&text) {
        Ok(PageMessage::Note { kind, detail }) => {
            terminal::noted(kind, &detail);
            true
        }
        Ok(message) => calls.handle(message).await,
        Err(error) => match serde_json::from_str(&text) {
            Ok(UnreadableCall { id, .. }) => calls.reject(id, error).await,
            Err(_) => false,
        },
    };
    if is_valid { Ok(()) } else { Err(CloseReason::InvalidMessage) }
}

/// Writes the messages of the queue. Flushes only when no other message waits.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Outgoing>) {
    while let Some(outgoing) = queue.recv().await {
        // The share of a result is free when it is written.
        let (message, _share) = match outgoing {
            Outgoing::Message(message) => (text(&message), Share::default()),
            Outgoing::Result(message, share) => (text(&message), share),
            Outgoing::Close(frame) => (Some(Message::Close(frame)), Share::default()),
        };
        let Some(message) = message else { continue };
        let is_last = matches!(message, Message::Close(_));
        let mut written = sink.feed(message).await;
        if written.is_ok() && (is_last || queue.is_empty()) {
            written = sink.flush().await;
        }
        if written.is_err() || is_last {
            return;
        }
    }
}

/// `None` if the message cannot be written as JSON.
fn text(message: &ServerMessage) -> Option<Message> {
    serde_json::to_string(message).ok().map(|text| Message::Text(text.into()))
}

/// Passes on the messages that go to all pages.
async fn forward_broadcasts(
    mut broadcasts: broadcast::Receiver<ServerMessage>,
    outgoing: mpsc::Sender<Outgoing>,
) {
    loop {
        let message = match broadcasts.recv().await {
            Ok(message) => message,
            // A page that reads too slowly misses old messages. Only the latest one matters.
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if outgoing.send(Outgoing::Message(message)).await.is_err() {
            return;
        }
    }
}
