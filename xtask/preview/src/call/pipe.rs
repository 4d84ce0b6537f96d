//! Reads what a program prints to one of its pipes.

use std::collections::VecDeque;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Semaphore;

use super::responder::{Responder, Share};
use super::text::{Splitter, Utf8Decoder};
use crate::protocol::{Output, ServerMessage};
use crate::terminal;

/// Bytes to read at once. As JSON text they can take three times as much.
const READ_SIZE: usize = 16 * 1024;

/// Bytes of a stream's output that are kept, to show what a program printed last.
const END: usize = 2000;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pipe {
    Stdout,
    Stderr,
}

/// The output of a plain exec, and its share of the budget.
#[derive(Default)]
pub(super) struct Captured {
    pub(super) text: String,
    pub(super) share: Share,
}

/// Reads a pipe to its end. Fails if it gives more than `limit` bytes, and if the budget of all plain execs is used up.
pub(super) async fn capture(
    mut from: impl AsyncRead + Unpin,
    limit: usize,
    budget: &Arc<Semaphore>,
) -> Result<Captured> {
    let (mut bytes, mut share) = (Vec::new(), Share::default());
    let mut buffer = vec![0; READ_SIZE];
    while let length @ 1.. = from.read(&mut buffer).await.context("cannot read its output")? {
        if bytes.len() + length > limit {
            bail!(
                "it printed more than {}, the limit of a plain exec in the preview\nhelp: use the option `stream` of exec",
                terminal::size(limit as u64)
            );
        }
        share.grow(budget, length).context(
            "the plain execs that run at the same time have printed too much together\n\
             help: use the option `stream` of exec, or run fewer at a time",
        )?;
        bytes.extend_from_slice(&buffer[..length]);
    }
    let text = String::from_utf8(bytes)
        .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned());
    Ok(Captured { text, share })
}

/// Sends the output of a pipe to the page as it arrives. A page that does not read makes the program wait. Returns the end of
/// the output.
pub(super) async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut splitter: Splitter,
    responder: &Responder,
    pipe: Pipe,
) -> String {
    let mut end = VecDeque::new();
    let mut decoder = Utf8Decoder::default();
    let mut buffer = vec![0; READ_SIZE];
    // A read error ends the output.
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        end.extend(&buffer[..length]);
        end.drain(..end.len().saturating_sub(END));
        for text in splitter.push(decoder.push(&buffer[..length])) {
            send_output(responder, pipe, text).await;
        }
    }
    let rest = splitter.push(decoder.finish().to_owned());
    for text in rest.into_iter().chain(splitter.finish()) {
        send_output(responder, pipe, text).await;
    }
    String::from_utf8_lossy(end.make_contiguous()).into_owned()
}

async fn send_output(responder: &Responder, pipe: Pipe, text: String) {
    let output = match pipe {
        Pipe::Stdout => Output::Stdout(text),
        Pipe::Stderr => Output::Stderr(text),
    };
    responder.send(ServerMessage::Out { id: responder.id, output }).await;
}
