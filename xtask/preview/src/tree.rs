//! A program and everything that it starts.
//!
//! Invariant: when a [`Tree`] is dropped, its processes are gone. If this process is killed, the [`Watchdog`] ends them on
//! Unix, and the job object of the [`Group`] on Windows.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use sixfold_base::process::Group;
use sixfold_base::process::watchdog::{WatchGuard, Watchdog};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct Tree {
    child: Child,
    group: Group,
    _watched: WatchGuard,
}

impl Tree {
    /// Starts the program, and has `watchdog` watch it.
    ///
    /// Linux does not start a file that is open for writing. A file that was just copied may be open a moment longer: a child
    /// process that was forked during the copy inherits the open file until it executes its own program.
    pub(crate) async fn spawn(mut command: Command, watchdog: &Watchdog) -> io::Result<Self> {
        Group::prepare(command.as_std_mut());
        command.kill_on_drop(true);
        let start = Instant::now();
        let child = loop {
            match command.spawn() {
                Err(error)
                    if error.kind() == io::ErrorKind::ExecutableFileBusy && start.elapsed() < GRACE =>
                {
                    sleep(PAUSE).await;
                }
                spawned => break spawned?,
            }
        };
        let pid = child.id().ok_or_else(|| io::Error::other("the program was waited for already"))?;
        let group = Group::adopt(pid)?;
        Ok(Self { child, group, _watched: watchdog.watch(pid) })
    }

    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr.take()
    }

    /// Waits for the program itself. Processes that it has started may still run.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        self.child.wait().await
    }

    /// How the program itself has ended. `None` while it runs.
    pub(crate) fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks the whole tree to end, and kills it after [`GRACE`].
    pub(crate) async fn end(&mut self) -> io::Result<ExitStatus> {
        self.group.ask();
        if let Ok(status) = timeout(GRACE, self.wait()).await {
            self.group.kill();
            return status;
        }
        self.group.kill();
        match timeout(GRACE, self.wait()).await {
            Ok(status) => status,
            Err(_) => Err(io::Error::other("the program does not end")),
        }
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.group.kill();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_program_that_is_still_being_written_is_retried() {
        let temp = tempfile::tempdir().unwrap();
        let program = temp.path().join("true");
        std::fs::copy(which::which("true").unwrap(), &program).unwrap();
        let writer = std::fs::OpenOptions::new().append(true).open(&program).unwrap();
        let busy = std::process::Command::new(&program).status().unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::ExecutableFileBusy);
        tokio::spawn(async move {
            sleep(Duration::from_millis(100)).await;
            drop(writer);
        });
        let mut tree = Tree::spawn(Command::new(&program), &Watchdog::default()).await.unwrap();
        assert!(tree.wait().await.unwrap().success());
    }
}
