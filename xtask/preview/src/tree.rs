//! A program and everything that it starts, as one thing: a process group on unix, a job object on Windows.
//!
//! Invariant: when a [`Tree`] goes, its processes are gone. Should this program be killed itself, the [`Watchdog`] ends
//! them on unix, and Windows does by the job, which closes with its owner.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use sixfold_base::process::watchdog::{WatchGuard, Watchdog};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

/// How long a program has to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(1);

const PAUSE: Duration = Duration::from_millis(10);

#[derive(Debug)]
pub struct Tree {
    child: Box<dyn ChildWrapper>,
    _watched: Option<WatchGuard>,
}

impl Tree {
    /// Starts the program. `warden` hears of it.
    ///
    /// Linux starts no file that somebody has open for writing. A copy that was just made may be so for a moment more: by
    /// another child, which was started while it was written and has not become its own program yet.
    pub async fn spawn(command: Command, warden: &Watchdog) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        // On Windows it makes the job end with its handle.
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let begin = Instant::now();
        let child = loop {
            match command.spawn() {
                Err(error)
                    if error.kind() == io::ErrorKind::ExecutableFileBusy && begin.elapsed() < GRACE =>
                {
                    sleep(PAUSE).await;
                }
                spawned => break spawned?,
            }
        };
        let _watched = child.id().map(|pid| warden.watch(pid));
        Ok(Self { child, _watched })
    }

    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin().take()
    }

    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout().take()
    }

    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.child.stderr().take()
    }

    /// Waits for the program itself; what it has started may run on.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        // The wrapper's own `wait` waits for the whole job on Windows.
        self.child.inner_mut().wait().await
    }

    /// Asks the whole tree to end, and after a grace ends it.
    pub async fn end(&mut self) -> io::Result<ExitStatus> {
        // Windows has no request that every program hears.
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
            Err(_) => Err(io::Error::other("it does not end")),
        }
    }

    /// What is gone already is no failure.
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
    async fn a_program_that_is_still_being_written_is_waited_for() {
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
