//! The backend of the extension, which the preview runs on this machine, on a private socket.
//!
//! Invariant: one process at a time, of the file that was compiled last. It ends with the preview.

pub(crate) mod service;

use std::process::Stdio;
use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result};
use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use sixfold_base::process::watchdog::Watchdog;
use sixfold_base::scratch::Scratch;
use tokio::process::Command;
use tokio::sync::{Mutex, Semaphore, broadcast};
use tokio::time::{Instant, sleep};

use crate::protocol::ServerMessage;
use crate::terminal;
use crate::tree::Tree;

/// The variable with the path of the socket.
const SOCKET: &str = "SIXFOLD_SOCKET";
/// How long a backend that was just started may take to listen. After that, a call fails as in a desktop.
const START: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(5);
/// Calls at the same time, of all pages.
const CALLS: usize = 64;

/// A backend, which is started by the first call.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) name: String,
    /// Short enough for the path of a socket, unlike the folder of a project.
    folder: Scratch,
    process: Mutex<Option<Process>>,
    calls: Semaphore,
}

/// What a backend needs of its preview.
pub(crate) struct Surroundings<'a> {
    pub(crate) watchdog: &'a Watchdog,
    /// The folder that it runs in.
    pub(crate) root: &'a Utf8Path,
    /// Messages to all pages.
    pub(crate) broadcasts: &'a broadcast::Sender<ServerMessage>,
}

#[derive(Debug)]
struct Process {
    tree: Tree,
    /// When its file was written.
    built: SystemTime,
}

impl Backend {
    pub(crate) fn new(name: String) -> Result<Self> {
        Ok(Self { name, folder: Scratch::new()?, process: Mutex::default(), calls: Semaphore::new(CALLS) })
    }

    fn socket(&self) -> Utf8PathBuf {
        self.folder.path().join("backend.sock")
    }

    /// Sends a request to the backend, whose program is `file`.
    pub(crate) async fn call(
        &self,
        surroundings: &Surroundings<'_>,
        file: &Utf8Path,
        request: service::Request,
    ) -> Result<Value> {
        let _permit = self.calls.acquire().await?;
        self.ensure_running(surroundings, file).await?;
        service::send(&self.socket(), request).await
    }

    /// Starts the backend, if it does not run, or if its file is a newer one than that which runs.
    async fn ensure_running(&self, surroundings: &Surroundings<'_>, file: &Utf8Path) -> Result<()> {
        let mut process = self.process.lock().await;
        let built = fs_err::metadata(file)?.modified()?;
        if let Some(Process { tree, built: running }) = process.as_mut() {
            match tree.try_wait()? {
                None if *running == built => return Ok(()),
                None => drop(tree.end().await),
                Some(status) => {
                    let text = format!("the backend ended with {status}, and is started again");
                    terminal::warning(&text);
                    // This fails only if no page is open.
                    let _ = surroundings.broadcasts.send(ServerMessage::Warning { text });
                }
            }
        }
        *process = None;
        let _ = fs_err::remove_file(self.socket());
        let mut command = Command::new(file.as_std_path());
        // What it prints is for the author.
        command
            .env(SOCKET, self.socket())
            .current_dir(surroundings.root)
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let tree = Tree::spawn(command, surroundings.watchdog).await.context("cannot start the backend")?;
        terminal::step("Started", format_args!("{}, the backend", self.name));
        let started = process.insert(Process { tree, built });
        let start = Instant::now();
        while !self.socket().exists() && start.elapsed() < START && started.tree.try_wait()?.is_none() {
            sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Ends it.
    pub(crate) async fn end(&self) {
        if let Some(mut process) = self.process.lock().await.take() {
            // Dropping kills what does not end.
            let _ = process.tree.end().await;
        }
    }
}
