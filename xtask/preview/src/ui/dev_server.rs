//! The UI's own dev server. The preview starts it, so that it ends with the preview.

use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use camino::Utf8Path;
use sixfold_base::process::watchdog::Watchdog;
use sixfold_model::config_file::CONFIG;
use sixfold_model::values::{CommandLine, LoopbackUrl};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::net::TcpStream;
use tokio::process::{ChildStdin, Command};
use tokio::time::{sleep, timeout};

use super::port_owner;
use crate::terminal;
use crate::tree::Tree;

/// How long the server may take to answer for the first time.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait after the first answer for a server that ends because another program has its port.
const SETTLE_TIME: Duration = Duration::from_millis(300);

/// A running dev server. Dropping it ends its process tree.
pub struct DevServer {
    tree: Tree,
    /// Kept open: Vite ends when its standard input is closed.
    _stdin: Option<ChildStdin>,
}

impl DevServer {
    /// Starts the command in `dir`, and waits until it answers at `url`. Also returns the address that answered: a name
    /// can have several, and another user of this machine may listen on those that the server does not use.
    ///
    /// Fails if something answers at `url` already, if the command ends, if nothing answers for a minute, and if what answers
    /// was not started by the command.
    pub async fn start(
        dir: &Utf8Path,
        line: &CommandLine,
        url: &LoopbackUrl,
        watchdog: &Watchdog,
    ) -> Result<(Self, SocketAddr)> {
        let authority = url.authority();
        if TcpStream::connect(authority).await.is_ok() {
            bail!(
                "another program already answers at {url}, and would be shown as the UI\nhelp: end it, or choose another \
                 port for the dev server, in its own settings and as `dev-url` in {}",
                CONFIG.table("ui")
            );
        }
        let mut tree = spawn(dir, line, watchdog).await?;
        let _stdin = tree.take_stdin();
        show(tree.take_stdout());
        show(tree.take_stderr());
        let address = tokio::select! {
            biased;
            status = tree.wait() => bail!("`{line}` ended with {}; see its output above", status?),
            address = timeout(START_TIMEOUT, first_answer(authority)) => address.ok().with_context(|| format!(
                "`{line}` does not answer at {url}\nhelp: set `dev-url` in {} to its address", CONFIG.table("ui")
            ))??,
        };
        if !port_owner::is_ours(address)? {
            bail!(
                "another program answers at {url}, and `{line}` does not\nhelp: end the other program, or choose another port \
                 for the dev server, in its own settings and as `dev-url` in {}",
                CONFIG.table("ui")
            );
        }
        Ok((Self { tree, _stdin }, address))
    }

    /// Waits until the server ends by itself, which is an error.
    pub(crate) async fn wait(&mut self) -> Result<()> {
        let status = self.tree.wait().await?;
        bail!("the dev server ended with {status}\nhelp: run the command again")
    }

    pub(crate) async fn stop(&mut self) {
        // The watchdog or the job ends what is left.
        let _ = self.tree.end().await;
    }
}

async fn spawn(dir: &Utf8Path, line: &CommandLine, watchdog: &Watchdog) -> Result<Tree> {
    let program = which::which(&line.program)
        .ok()
        .with_context(|| format!("cannot start the dev server: cannot find {}", line.program))?;
    terminal::step("Starting", format_args!("the dev server: {line}"));
    let mut command = Command::new(program);
    command.args(&line.args).current_dir(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Tree::spawn(command, watchdog).await.with_context(|| format!("cannot start `{line}`"))
}

/// Waits until a server answers. Returns the address that did.
async fn first_answer(authority: &str) -> io::Result<SocketAddr> {
    loop {
        if let Ok(stream) = TcpStream::connect(authority).await {
            // Read at once: a connection that the server has closed has no peer address any more.
            let address = stream.peer_addr();
            sleep(SETTLE_TIME).await;
            return address;
        }
        sleep(Duration::from_millis(50)).await;
    }
}

/// Shows the output of the server, marked so that it can be told from our own.
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
