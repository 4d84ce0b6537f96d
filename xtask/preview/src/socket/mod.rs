//! The one connection of a page: what it asks for, and what it is told.
//!
//! Invariant: nothing is done before the right token has come, and what runs for a page ends with its connection,
//! however that ends.

pub mod message;

mod calls;

use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::sync::{SemaphorePermit, broadcast, mpsc, watch};
use tokio::time::timeout;

use crate::app::App;
use crate::terminal;
use calls::Calls;
use message::{Answer, Misread, Request};

/// Messages that wait for a page that reads slowly. Programs wait then.
const WAITING: usize = 64;

/// Why we close a socket.
enum Closing {
    NotUnderstood,
    UnknownToken,
    TooLate,
    TooMany,
    Ending,
    /// The page has.
    Gone,
}

impl Closing {
    fn frame(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            Self::NotUnderstood => (4400, "this is no message of the preview's protocol"),
            Self::UnknownToken => (4401, "the token is not known: open a new link"),
            Self::TooLate => (4408, "no token came in time"),
            Self::TooMany => (1013, "too many pages are open: close some"),
            Self::Ending => (1001, "the preview ends"),
            Self::Gone => return None,
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// Serves one page from its first message to its end.
pub async fn serve(app: Arc<App>, mut socket: WebSocket) {
    let (session, _place) = match admit(&app, &mut socket).await {
        Ok(admitted) => admitted,
        Err(closing) => {
            let _ = timeout(app.limits.patience, socket.send(Message::Close(closing.frame()))).await;
            return;
        }
    };
    let (sink, stream) = socket.split();
    let (answers, waiting) = mpsc::channel(WAITING);
    let writer = tokio::spawn(write(sink, waiting));
    let news = tokio::spawn(hand_on_news(app.news.subscribe(), answers.clone()));
    let mut calls = Calls::new(app.clone(), answers.clone());
    let _ = answers.send(Outgoing::Answer(Answer::Welcome)).await;
    let closing = listen(&app, stream, session, &mut calls).await;
    news.abort();
    let written = async {
        // A page that does not read must not hold back the end of its programs.
        let abort = writer.abort_handle();
        if answers.try_send(Outgoing::Close(closing.frame())).is_err()
            || timeout(app.limits.patience, writer).await.is_err()
        {
            abort.abort();
        }
    };
    tokio::join!(written, calls.end());
}

/// Lets in who has a token, if there is room. Those that have not shown one yet have room of their own, so that they take
/// none from pages.
async fn admit<'a>(
    app: &'a App,
    socket: &mut WebSocket,
) -> Result<(watch::Receiver<bool>, SemaphorePermit<'a>), Closing> {
    let session = {
        let _waiting = app.guests.try_acquire().map_err(|_| Closing::TooMany)?;
        greet(app, socket).await?
    };
    let place = app.sockets.try_acquire().map_err(|_| Closing::TooMany)?;
    Ok((session, place))
}

/// Waits for the first message. Gives what says when the session ends.
async fn greet(app: &App, socket: &mut WebSocket) -> Result<watch::Receiver<bool>, Closing> {
    let first = timeout(app.limits.patience, socket.recv()).await.map_err(|_| Closing::TooLate)?;
    let Some(Ok(Message::Text(text))) = first else { return Err(Closing::NotUnderstood) };
    match serde_json::from_str(&text) {
        Ok(Request::Hello { token }) => app.sessions.enter(&token).ok_or(Closing::UnknownToken),
        _ => Err(Closing::NotUnderstood),
    }
}

async fn listen(
    app: &App,
    mut stream: SplitStream<WebSocket>,
    mut session: watch::Receiver<bool>,
    calls: &mut Calls,
) -> Closing {
    let mut ending = app.ending.subscribe();
    loop {
        // What is done with a message may wait for a page that does not read, and the ends must not.
        let done = tokio::select! {
            done = async { hear(stream.next().await, calls).await } => done,
            _ = session.wait_for(|over| *over) => Err(Closing::UnknownToken),
            _ = ending.wait_for(|ending| *ending) => Err(Closing::Ending),
        };
        if let Err(closing) = done {
            return closing;
        }
    }
}

/// Does what one message asks for.
async fn hear(message: Option<Result<Message, axum::Error>>, calls: &mut Calls) -> Result<(), Closing> {
    let text = match message {
        Some(Ok(Message::Text(text))) => text,
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => return Ok(()),
        Some(Ok(Message::Binary(_))) => return Err(Closing::NotUnderstood),
        Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(Closing::Gone),
    };
    let understood = match serde_json::from_str(&text) {
        Ok(Request::Note { kind, detail }) => {
            terminal::noted(kind, &detail);
            true
        }
        Ok(request) => calls.take(request).await,
        Err(error) => match serde_json::from_str(&text) {
            Ok(Misread { id, .. }) => calls.refuse(id, error).await,
            Err(_) => false,
        },
    };
    if understood { Ok(()) } else { Err(Closing::NotUnderstood) }
}

/// What the writer is given.
pub enum Outgoing {
    Answer(Answer),
    Close(Option<CloseFrame>),
}

/// Writes what waits, in as few pieces as it comes.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut waiting: mpsc::Receiver<Outgoing>) {
    while let Some(outgoing) = waiting.recv().await {
        let (message, is_last) = match outgoing {
            Outgoing::Answer(answer) => match serde_json::to_string(&answer) {
                Ok(text) => (Message::Text(text.into()), false),
                Err(_) => continue,
            },
            Outgoing::Close(frame) => (Message::Close(frame), true),
        };
        let mut written = sink.feed(message).await;
        if written.is_ok() && (is_last || waiting.is_empty()) {
            written = sink.flush().await;
        }
        if written.is_err() || is_last {
            return;
        }
    }
}

async fn hand_on_news(mut news: broadcast::Receiver<Answer>, answers: mpsc::Sender<Outgoing>) {
    loop {
        let answer = match news.recv().await {
            Ok(answer) => answer,
            // A page that reads too slowly misses old news, of which only the last counts.
            Err(broadcast::error::RecvError::Lagged(_)) => continue,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        if answers.send(Outgoing::Answer(answer)).await.is_err() {
            return;
        }
    }
}
