//! A program and everything that it starts: a process group on Unix, a job object on Windows.
//!
//! Invariant: when a [`Tree`] is dropped, its processes are gone. If this process is killed, the [`Watchdog`] ends them on
//! Unix; on Windows the job does, because it closes with its owner.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use sixfold_base::process::watchdog::{WatchGuard, Watchdog};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// How long a program may take to end by itself after it was asked to.
const GRACE: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub(crate) struct Tree {
    child: Box<dyn ChildWrapper>,
    _watched: Option<WatchGuard>,
}

impl Tree {
    /// Starts the program, and has `watchdog` watch it.
    ///
    /// Linux does not start a file that is open for writing. A file that was just copied may be open a moment longer: a child
    /// process that was forked during the copy inherits the open file until it executes its own program.
    pub(crate) async fn spawn(command: Command, watchdog: &Watchdog) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        // On Windows, this makes the job end with its handle.
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
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
        let _watched = child.id().map(|pid| watchdog.watch(pid));
        Ok(Self { child, _watched })
    }

    pub(crate) fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin().take()
    }

    pub(crate) fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout().take()
    }

    pub(crate) fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr().take()
    }

    /// Waits for the program itself. Processes that it has started may still run.
    pub(crate) async fn wait(&mut self) -> io::Result<ExitStatus> {
        // The wrapper's `wait` would wait for the whole job on Windows.
        self.child.inner_mut().wait().await
    }

    /// Asks the whole tree to end, and kills it after [`GRACE`].
    pub(crate) async fn end(&mut self) -> io::Result<ExitStatus> {
        // Windows has no signal that every program receives.
        #[cfg(unix)]
        if self.child.signal(nix::sys::signal::Signal::SIGTERM as i32).is_ok()
            && let Ok(status) = timeout(GRACE, self.wait()).await
        {
            self.kill();
            return status;
        }
        self.kill();
        match timeout(GRACE, self.wait()).await {
            Ok(status) => status,
            Err(_) => Err(io::Error::other("the program does not end")),
        }
    }

    /// Does nothing if the tree has ended already.
    fn kill(&mut self) {
        let _ = self.child.start_kill();
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        self.kill();
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
