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
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::timeout;

use crate::app::App;
use crate::terminal;
use calls::Calls;
use message::{Answer, Request};

/// Messages that wait for a page that reads slowly. Programs wait then.
const WAITING: usize = 64;

/// Why we close a socket.
enum Closing {
    NotUnderstood,
    UnknownToken,
    TooLate,
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
            Self::Ending => (1001, "the preview ends"),
            Self::Gone => return None,
        };
        Some(CloseFrame { code, reason: reason.into() })
    }
}

/// Serves one page from its first message to its end.
pub async fn serve(app: Arc<App>, mut socket: WebSocket) {
    let session = match greet(&app, &mut socket).await {
        Ok(session) => session,
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
        let message = tokio::select! {
            message = stream.next() => message,
            _ = session.wait_for(|over| *over) => return Closing::UnknownToken,
            _ = ending.wait_for(|ending| *ending) => return Closing::Ending,
        };
        let text = match message {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
            Some(Ok(Message::Binary(_))) => return Closing::NotUnderstood,
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Closing::Gone,
        };
        match serde_json::from_str(&text) {
            Ok(Request::Note { kind, detail }) => terminal::noted(kind, &detail),
            Ok(request) => {
                if !calls.take(request).await {
                    return Closing::NotUnderstood;
                }
            }
            Err(_) => return Closing::NotUnderstood,
        }
    }
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
