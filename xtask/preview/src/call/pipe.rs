//! Reads what a program prints to one of its pipes.

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::responder::Responder;
use super::text::{Splitter, Utf8Decoder};
use crate::protocol::{Output, ServerMessage};
use crate::terminal;

/// Bytes to read at once. As JSON text they can take three times as much.
const READ_SIZE: usize = 16 * 1024;

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Pipe {
    Stdout,
    Stderr,
}

/// Reads a pipe to its end. Fails if it gives more than `limit` bytes.
pub(super) async fn capture(from: impl AsyncRead + Unpin, limit: usize) -> Result<String> {
    let mut bytes = Vec::new();
    // One byte more than the limit shows that the output is too long.
    from.take(limit as u64 + 1).read_to_end(&mut bytes).await.context("cannot read its output")?;
    if bytes.len() > limit {
        bail!(
            "it printed more than {}, the limit of a plain exec in the preview\nhelp: use the option `stream` of exec",
            terminal::size(limit as u64)
        );
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Sends the output of a pipe to the page as it arrives. A page that does not read makes the program wait.
pub(super) async fn forward(
    mut from: impl AsyncRead + Unpin,
    mut splitter: Splitter,
    responder: &Responder,
    pipe: Pipe,
) {
    let mut decoder = Utf8Decoder::default();
    let mut buffer = vec![0; READ_SIZE];
    // A read error ends the output.
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        for text in splitter.push(decoder.push(&buffer[..length])) {
            send_output(responder, pipe, text).await;
        }
    }
    let rest = splitter.push(decoder.finish().to_owned());
    for text in rest.into_iter().chain(splitter.finish()) {
        send_output(responder, pipe, text).await;
    }
}

async fn send_output(responder: &Responder, pipe: Pipe, text: String) {
    let output = match pipe {
        Pipe::Stdout => Output::Stdout(text),
        Pipe::Stderr => Output::Stderr(text),
    };
    responder.send(ServerMessage::Out { id: responder.id, output }).await;
}
