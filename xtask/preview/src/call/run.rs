//! Runs one program for a page, passes its output on, and ends its whole process tree on request.
//!
//! Memory stays bounded: a page that reads slowly makes the program wait, and the output of a plain exec has a limit.

use std::process::ExitStatus;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::AsyncRead;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::pipe::{Captured, Pipe, capture, forward};
use super::request::{Mode, Request};
use super::responder::{Responder, Share};
use super::text::Splitter;
use crate::app::App;
use crate::binaries::NotBuilt;
use crate::protocol::ServerMessage;
use crate::terminal;
use crate::tree::Tree;

/// How long to read the output of a program that was ended, in case another process still holds its pipes.
const LAST_OUTPUT: Duration = Duration::from_secs(1);

/// Runs the program until it ends, or until `stop` ends it.
pub(crate) async fn run(app: &App, request: Request, responder: Responder, stop: &Notify) {
    let id = responder.id;
    match attempt(app, &request, &responder, stop).await {
        Ok((answer, share)) => responder.send_result(answer, share).await,
        Err(error) => {
            let message = format!("{}: {error:#}", request.cmd);
            match error.downcast_ref::<NotBuilt>() {
                // The compiler's errors are shown already.
                Some(error) => terminal::failed(&format!("{}: {}", request.cmd, error.summary)),
                None => terminal::failed(&message),
            }
            responder.send(ServerMessage::Failed { id, message }).await;
        }
    }
}

async fn attempt(
    app: &App,
    request: &Request,
    responder: &Responder,
    stop: &Notify,
) -> Result<(ServerMessage, Share)> {
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
    let mut tree = Tree::spawn(command, &app.watchdog).await.context("cannot start the program")?;
    let run = Run { app, responder, request };
    run.follow(&mut tree, stop).await
}

/// The tasks that read the pipes.
type Pumps = JoinSet<Result<(Pipe, Captured)>>;

struct Run<'a> {
    app: &'a App,
    responder: &'a Responder,
    request: &'a Request,
}

impl Run<'_> {
    /// Waits for the program and, as Node.js does, for every process that holds its pipes.
    async fn follow(&self, tree: &mut Tree, stop: &Notify) -> Result<(ServerMessage, Share)> {
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
    fn pump(&self, pumps: &mut Pumps, pipe: Pipe, from: Option<impl AsyncRead + Unpin + Send + 'static>) {
        let Some(from) = from else { return };
        let (responder, limit) = (self.responder.clone(), self.app.limits.exec_output);
        let budget = self.app.output_budget.clone();
        match self.request.mode {
            Mode::Plain => pumps.spawn(async move { Ok((pipe, capture(from, limit, &budget).await?)) }),
            Mode::Stream { lines } => pumps.spawn(async move {
                let end = forward(from, Splitter::new(lines), &responder, pipe).await;
                Ok((pipe, Captured { text: end, share: Share::default() }))
            }),
        };
    }

    /// The last message of the call. `outputs` has only the end of a stream's output, which the page has already.
    fn answer(
        &self,
        status: ExitStatus,
        killed: bool,
        outputs: Vec<(Pipe, Captured)>,
    ) -> (ServerMessage, Share) {
        let (id, code, signal) = (self.responder.id, status.code(), signal(status, killed));
        let (mut stdout, mut stderr, mut share) = (String::new(), String::new(), Share::default());
        for (pipe, captured) in outputs {
            share.add(captured.share);
            match pipe {
                Pipe::Stdout => stdout = captured.text,
                Pipe::Stderr => stderr = captured.text,
            }
        }
        if !killed && !status.success() {
            terminal::ended(&self.request.line(), status, &stderr);
        }
        let answer = match self.request.mode {
            Mode::Stream { .. } => ServerMessage::Close { id, code, signal },
            Mode::Plain => {
                let cmd = self.request.line();
                ServerMessage::Result { id, cmd, code, signal, killed, stdout, stderr }
            }
        };
        (answer, share)
    }
}

/// Waits until all pipes are closed, then for the program itself.
async fn end_of_program(
    tree: &mut Tree,
    pumps: &mut Pumps,
    captured: &mut Vec<(Pipe, Captured)>,
) -> Result<ExitStatus> {
    collect(pumps, captured).await?;
    Ok(tree.wait().await?)
}

async fn collect(pumps: &mut Pumps, captured: &mut Vec<(Pipe, Captured)>) -> Result<()> {
    while let Some(pump) = pumps.join_next().await {
        captured.push(pump??);
    }
    Ok(())
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
