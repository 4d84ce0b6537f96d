//! The page's own dev server: started by us, so that it ends with us.

use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use sixfold_base::process::watchdog::Watchdog;
use sixfold_base::terminal;
use sixfold_model::values::{CommandLine, LoopbackUrl};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, Command};
use tokio::time::{sleep, timeout};

use crate::tree::Tree;

/// For the first answer.
const PATIENCE: Duration = Duration::from_secs(60);
/// After it.
const SETTLED: Duration = Duration::from_millis(300);

pub struct DevServer {
    tree: Tree,
    /// Open as long as we live: Vite ends with it.
    _stdin: Option<ChildStdin>,
}

impl DevServer {
    /// Starts the command in `dir`, and waits until it answers at `url`. Gives the one address of `url` that answered: a
    /// name has several, and another user of this machine may take those that the server left. Fails when something else
    /// answers already, when the command ends, and when nothing answers for a minute.
    pub async fn start(
        dir: &Utf8Path,
        line: &CommandLine,
        url: &LoopbackUrl,
        warden: &Watchdog,
    ) -> Result<(Self, SocketAddr)> {
        let address = url.authority();
        if TcpStream::connect(address).await.is_ok() {
            bail!(
                "something answers at {url} already, and would get to be the page: end it, or choose another port for your \
                 dev server, in its own settings and as `dev-url` in [workspace.metadata.extension.ui]"
            );
        }
        let mut tree = spawn(dir, line, warden).await?;
        let _stdin = tree.take_stdin();
        show(tree.take_stdout());
        show(tree.take_stderr());
        let answered = tokio::select! {
            biased;
            status = tree.wait() => bail!("`{line}` ended with {}; it has said why", status?),
            answered = timeout(PATIENCE, first_answer(address)) => answered.with_context(|| format!(
                "`{line}` does not answer at {url}: say where it does with `dev-url` in [workspace.metadata.extension.ui]"
            ))??,
        };
        Ok((Self { tree, _stdin }, answered))
    }

    /// Waits for its end, which nobody has asked for.
    pub async fn ended(&mut self) -> Result<()> {
        let status = self.tree.wait().await?;
        bail!("the dev server ended with {status}: run the command again")
    }

    pub async fn end(&mut self) {
        // It is on its way out either way.
        let _ = self.tree.end().await;
    }
}

async fn spawn(dir: &Utf8Path, line: &CommandLine, warden: &Watchdog) -> Result<Tree> {
    let program = which::which(&line.program)
        .with_context(|| format!("cannot start the dev server: {} is not on this machine", line.program))?;
    terminal::step("Starting", format_args!("the dev server: {line}"));
    let mut command = Command::new(program);
    command.args(&line.args).current_dir(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Tree::spawn(command, warden).await.with_context(|| format!("`{line}` does not start"))
}

/// Waits until somebody answers there. Gives the one address that did.
async fn first_answer(address: &str) -> io::Result<SocketAddr> {
    loop {
        if let Ok(stream) = TcpStream::connect(address).await {
            // Asked at once: a connection that the server has ended knows it no longer.
            let answered = stream.peer_addr();
            // Whoever lost this port to another has a moment to say so and end.
            sleep(SETTLED).await;
            return answered;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// What it says, apart from what we say.
fn show(from: Option<impl AsyncRead + Unpin + Send + 'static>) {
    let Some(from) = from else { return };
    tokio::spawn(async move {
        let mut lines = BufReader::new(from).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if !line.trim().is_empty() {
                terminal::line(format_args!("{:>12} {line}", "dev |"));
            }
        }
    });
}
