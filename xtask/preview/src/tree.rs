//! A program and everything that it starts, as one thing: a process group on unix, a job object on Windows.
//!
//! Invariant: when a [`Tree`] goes, its processes are gone. Should this program be killed itself, the [`Warden`] ends
//! them on unix, and Windows does by the job, which closes with its owner.

use std::io;
use std::process::ExitStatus;
use std::time::Duration;

use process_wrap::tokio::{ChildWrapper, CommandWrap, KillOnDrop};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::warden::{Ward, Warden};

/// How long a program has to end by itself once it was asked to.
const GRACE: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Tree {
    child: Box<dyn ChildWrapper>,
    _ward: Ward,
}

impl Tree {
    /// Starts the program. `warden` hears of it.
    pub fn spawn(command: Command, warden: &Warden) -> io::Result<Self> {
        let mut command = CommandWrap::from(command);
        // On Windows it makes the job end with its handle.
        command.wrap(KillOnDrop);
        #[cfg(unix)]
        command.wrap(process_wrap::tokio::ProcessGroup::leader());
        #[cfg(windows)]
        command.wrap(process_wrap::tokio::JobObject);
        let child = command.spawn()?;
        let _ward = warden.watch(child.id());
        Ok(Self { child, _ward })
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
