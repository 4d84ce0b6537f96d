//! Runs one program for a page, passes its output on, and ends its whole process tree on request.
//!
//! Memory stays bounded: a page that reads slowly makes the program wait, and the output of a plain exec has a limit.

use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::request::{Mode, Request};
use super::responder::Responder;
use super::text::{Splitter, Utf8Decoder};
use crate::app::App;
use crate::protocol::{Output, ServerMessage};
use crate::terminal;
use crate::tree::Tree;

/// Bytes to read at once. As JSON text they can take three times as much.
const READ_SIZE: usize = 16 * 1024;

/// How long to read the output of a program that was ended, in case another process still holds its pipes.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// Runs the program until it ends, or until `stop` ends it.
pub(crate) async fn run(app: &App, request: Request, responder: Responder, stop: &Notify) {
    let id = responder.id;
    match attempt(app, &request, &responder, stop).await {
        Ok(answer) => responder.send(answer).await,
        Err(error) => {
            let message = format!("{}: {error:#}", request.cmd);
            terminal::failed(&message);
            responder.send(ServerMessage::Failed { id, message }).await;
        }
    }
}

async fn attempt(
    app: &App,
    request: &Request,
    responder: &Responder,
    stop: &Notify,
) -> Result<ServerMessage> {
    let _slot = app.program_slot()?;
    if let Some(text) = request.warning() {
        terminal::warning(&text);
        responder.send(ServerMessage::Warning { text }).await;
    }
    let command = tokio::select! {
        command = request.command(app) => command?,
        () = stop.notified() => bail!("stopped before it started"),
    };
    terminal::call(&request.line());
    let mut tree = Tree::spawn(command, &app.warden).await.context("cannot start the program")?;
    let run = Run { responder, limit: app.limits.exec_output, request };
    run.follow(&mut tree, stop).await
}

struct Run<'a> {
    responder: &'a Responder,
    request: &'a Request,
    /// Bytes of output on each pipe of a plain exec.
    limit: usize,
}

/// The output of one pipe. Empty for a stream, which has sent it to the page.
type Captured = (Pipe, String);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Stdout,
    Stderr,
}

impl Run<'_> {
    /// Waits for the program and, as Node.js does, for every process that holds its pipes.
    async fn follow(&self, tree: &mut Tree, stop: &Notify) -> Result<ServerMessage> {
        let mut pumps = JoinSet::new();
        self.pump(&mut pumps, Pipe::Stdout, tree.take_stdout());
        self.pump(&mut pumps, Pipe::Stderr, tree.take_stderr());
        let mut captured = Vec::new();
        let status = tokio::select! {
            status = end_of_program(tree, &mut pumps, &mut captured) => status.map(Some),
            () = stop.notified() => Ok(None),
        };
        match status {
            Ok(Some(status)) => Ok(self.answer(status, false, captured)),
            Ok(None) => {
                let status = tree.end().await;
                // Output from before the end still counts.
                let _ = timeout(LAST_OUTPUT, collect(&mut pumps, &mut captured)).await;
                Ok(self.answer(status?, true, captured))
            }
            Err(error) => {
                let _ = tree.end().await;
                Err(error)
            }
        }
    }

    /// Reads a pipe to its end, in a task of its own.
    fn pump(
        &self,
        pumps: &mut JoinSet<Result<Captured>>,
        pipe: Pipe,
        from: Option<impl AsyncRead + Unpin + Send + 'static>,
    ) {
        let Some(from) = from else { return };
        let (responder, limit) = (self.responder.clone(), self.limit);
        match self.request.mode {
            Mode::Plain => pumps.spawn(async move { Ok((pipe, capture(from, limit).await?)) }),
            Mode::Stream { lines } => pumps.spawn(async move {
                forward(from, Splitter::new(lines), &responder, pipe).await;
                Ok((pipe, String::new()))
            }),
        };
    }

    fn answer(&self, status: ExitStatus, killed: bool, captured: Vec<Captured>) -> ServerMessage {
        let (id, code, signal) = (self.responder.id, status.code(), signal(status, killed));
        if self.request.mode != Mode::Plain {
            return ServerMessage::Close { id, code, signal };
        }
        let (stdout, stderr): (Vec<_>, Vec<_>) =
            captured.into_iter().partition(|(pipe, _)| *pipe == Pipe::Stdout);
        let text = |captured: Vec<Captured>| captured.into_iter().map(|(_, text)| text).collect();
        ServerMessage::Result {
            id,
            cmd: self.request.line(),
            code,
            signal,
            killed,
            stdout: text(stdout),
            stderr: text(stderr),
        }
    }
}

/// Waits until all pipes are closed, then for the program itself.
async fn end_of_program(
    tree: &mut Tree,
    pumps: &mut JoinSet<Result<Captured>>,
    captured: &mut Vec<Captured>,
) -> Result<ExitStatus> {
    collect(pumps, captured).await?;
    Ok(tree.wait().await?)
}

async fn collect(pumps: &mut JoinSet<Result<Captured>>, captured: &mut Vec<Captured>) -> Result<()> {
    while let Some(pump) = pumps.join_next().await {
        captured.push(pump??);
    }
    Ok(())
}

/// Reads a pipe to its end. Fails if it gives more than `limit` bytes.
async fn capture(from: impl AsyncRead + Unpin, limit: usize) -> Result<String> {
    let mut bytes = Vec::new();
    // One byte more than the limit shows that the output is too long.
    from.take(limit as u64 + 1).read_to_end(&mut bytes).await.context("cannot read its output")?;
    if bytes.len() > limit {
        bail!(
            "it printed more than {}, the limit of a plain exec in the preview\nhelp: use the option `stream` of exec",
            xtask::terminal::size(limit as u64)
        );
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Sends the output of a pipe to the page as it arrives. A page that does not read makes the program wait.
async fn forward(
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

/// The name of the signal that ended the program. Windows has no signals; Node.js reports SIGTERM there for a process that
/// was killed.
fn signal(status: ExitStatus, killed: bool) -> Option<&'static str> {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        let _ = killed;
        nix::sys::signal::Signal::try_from(status.signal()?).ok().map(|signal| signal.as_str())
    }
    #[cfg(not(unix))]
    {
        let _ = status;
        killed.then_some("SIGTERM")
    }
}
