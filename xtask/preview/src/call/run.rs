//! Runs one program for the page, hands on what it prints, and ends its whole tree when it is asked to.
//!
//! Memory stays bounded: a page that reads slowly makes the program wait, and the output of a plain exec has a limit.

use std::process::ExitStatus;

use anyhow::{Context as _, Result, anyhow};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::output::{Cut, Utf8};
use super::{Mode, Request};
use crate::app::App;
use crate::socket::Outgoing;
use crate::socket::message::{Answer, Id, Text};
use crate::terminal;
use crate::tree::Tree;

/// Read at once; at most three times as long as text.
const PIECE: usize = 16 * 1024;

/// Where the answers to one call go.
#[derive(Clone)]
pub struct Page {
    pub id: Id,
    pub answers: mpsc::Sender<Outgoing>,
}

impl Page {
    /// A page that is gone misses nothing.
    pub async fn say(&self, answer: Answer) {
        let _ = self.answers.send(Outgoing::Answer(answer)).await;
    }
}

/// Runs the program to its end; `stop` ends it before.
pub async fn run(app: &App, request: Request, page: Page, stop: &Notify) {
    let id = page.id;
    match attempt(app, &request, &page, stop).await {
        Ok(answer) => page.say(answer).await,
        Err(error) => {
            let message = format!("{}: {error:#}", request.cmd);
            terminal::failed(&message);
            page.say(Answer::Failed { id, message }).await;
        }
    }
}

async fn attempt(app: &App, request: &Request, page: &Page, stop: &Notify) -> Result<Answer> {
    let _place = app.place()?;
    if let Some(text) = request.warning() {
        terminal::warning(&text);
        page.say(Answer::Warning { text }).await;
    }
    let command = tokio::select! {
        command = request.command(app) => command?,
        () = stop.notified() => return Err(anyhow!("closed before it started")),
    };
    terminal::call(&request.line());
    let mut tree = Tree::spawn(command, &app.warden).await.context("it does not start")?;
    let run = Run { page, limit: app.limits.output, request };
    run.follow(&mut tree, stop).await
}

struct Run<'a> {
    page: &'a Page,
    request: &'a Request,
    /// Of each pipe of a plain exec, in bytes.
    limit: usize,
}

/// What one pipe has given, where it is kept.
type Kept = (Pipe, String);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Pipe {
    Stdout,
    Stderr,
}

impl Run<'_> {
    /// Follows the program to its end, and to that of everything that holds its pipes, as Node does.
    async fn follow(&self, tree: &mut Tree, stop: &Notify) -> Result<Answer> {
        let mut pumps = JoinSet::new();
        self.pump(&mut pumps, Pipe::Stdout, tree.take_stdout());
        self.pump(&mut pumps, Pipe::Stderr, tree.take_stderr());
        let mut kept = Vec::new();
        let mut ended = tokio::select! {
            all = gather(&mut pumps, &mut kept) => all.map(|()| None),
            () = stop.notified() => Ok(Some(tree.end().await)),
        };
        if let Ok(None) = ended {
            ended = tokio::select! {
                status = tree.wait() => return Ok(self.answer(status?, false, kept)),
                () = stop.notified() => Ok(Some(tree.end().await)),
            };
        }
        match ended {
            Ok(status) => {
                // What was printed before the end still counts, unless something else holds the pipe.
                let _ = timeout(std::time::Duration::from_secs(1), gather(&mut pumps, &mut kept)).await;
                let status = status.context("it has not ended")??;
                Ok(self.answer(status, true, kept))
            }
            Err(too_much) => {
                let _ = tree.end().await;
                Err(too_much)
            }
        }
    }

    /// Reads a pipe to its end.
    fn pump(
        &self,
        pumps: &mut JoinSet<Result<Kept>>,
        pipe: Pipe,
        from: Option<impl AsyncRead + Unpin + Send + 'static>,
    ) {
        let Some(from) = from else { return };
        let (page, limit) = (self.page.clone(), self.limit);
        match self.request.mode {
            Mode::Plain => pumps.spawn(async move { Ok((pipe, keep(from, limit).await?)) }),
            Mode::Stream { lines } => pumps.spawn(async move {
                hand_on(from, Cut::new(lines), &page, pipe).await;
                Ok((pipe, String::new()))
            }),
        };
    }

    fn answer(&self, status: ExitStatus, killed: bool, kept: Vec<Kept>) -> Answer {
        let (id, code, signal) = (self.page.id, status.code(), signal(status, killed));
        if self.request.mode != Mode::Plain {
            return Answer::Close { id, code, signal };
        }
        let (stdout, stderr): (Vec<_>, Vec<_>) =
            kept.into_iter().partition(|(pipe, _)| *pipe == Pipe::Stdout);
        let text = |kept: Vec<Kept>| kept.into_iter().map(|(_, text)| text).collect();
        Answer::Result {
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

async fn gather(pumps: &mut JoinSet<Result<Kept>>, kept: &mut Vec<Kept>) -> Result<()> {
    while let Some(pump) = pumps.join_next().await {
        kept.push(pump??);
    }
    Ok(())
}

/// Everything that a pipe gives. Fails when it is more than `limit` bytes.
async fn keep(from: impl AsyncRead + Unpin, limit: usize) -> Result<String> {
    let mut bytes = Vec::new();
    // One more than is allowed shows that there is more.
    from.take(limit as u64 + 1).read_to_end(&mut bytes).await.context("its output cannot be read")?;
    match bytes.len() > limit {
        true => Err(anyhow!(
            "it has printed more than {}, the limit of a plain exec here: give exec the option `stream`",
            sixfold_base::terminal::size(limit as u64)
        )),
        false => Ok(String::from_utf8_lossy(&bytes).into_owned()),
    }
}

/// Sends everything that a pipe gives to the page, as it comes. A page that does not read makes the program wait.
async fn hand_on(mut from: impl AsyncRead + Unpin, mut cut: Cut, page: &Page, pipe: Pipe) {
    let mut decoder = Utf8::default();
    let mut piece = vec![0; PIECE];
    // An error of a pipe is its end.
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        for text in cut.push(decoder.push(&piece[..length])) {
            send(page, pipe, text).await;
        }
    }
    let rest = cut.push(decoder.finish().to_owned());
    for text in rest.into_iter().chain(cut.finish()) {
        send(page, pipe, text).await;
    }
}

async fn send(page: &Page, pipe: Pipe, text: String) {
    let text = match pipe {
        Pipe::Stdout => Text::Stdout(text),
        Pipe::Stderr => Text::Stderr(text),
    };
    page.say(Answer::Out { id: page.id, text }).await;
}

/// The name of the signal that ended it. Windows has none; Node says SIGTERM there for what was killed.
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
