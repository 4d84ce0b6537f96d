//! A server in the background, which is stopped when its value is dropped.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, anyhow, bail};
use camino::Utf8PathBuf;
use sixfold_base::process::Group;

use super::state::State;
use crate::interrupt;
use crate::process;

/// How long a server may take to answer, and how long to exit when asked to.
const TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);

pub(crate) struct Server {
    name: &'static str,
    child: Child,
    group: Group,
    log: Utf8PathBuf,
}

impl Server {
    /// Starts the program. Its output goes to a log file in the state folder.
    ///
    /// It runs under setpriv (from util-linux, on every Debian), so that the kernel stops it if this process is killed, in
    /// which case no drop guard runs.
    pub(crate) fn start(name: &'static str, state: &State, arguments: &[&str]) -> anyhow::Result<Server> {
        let program = which::which(name).map_err(|_| {
            anyhow!("cannot start {name}: no such program on the PATH\nhelp: run `cargo ci --only system`")
        })?;
        let log = state.file(&format!("{name}.log"));
        let mut command = process::command("setpriv", "install util-linux")?;
        command.args(["--pdeathsig", "TERM"]).arg(program).args(arguments).stdin(Stdio::null());
        let output = File::from(fs_err::File::create(&log)?);
        command.stdout(output.try_clone()?).stderr(output);
        Group::prepare(&mut command);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let group = Group::adopt(child.id())?;
        Ok(Server { name, child, group, log })
    }

    /// Waits until the server answers. If it exits or takes too long, the error has the end of its log.
    pub(crate) fn wait_until(&mut self, mut answers: impl FnMut() -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !answers() {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("{} exited ({status}):\n{}", self.name, self.log_tail());
            }
            if start.elapsed() > TIMEOUT {
                bail!("{} did not answer within {} s:\n{}", self.name, TIMEOUT.as_secs(), self.log_tail());
            }
            std::thread::sleep(POLL_INTERVAL);
        }
        Ok(())
    }

    /// Asks the server to exit, so that an engine can unmount what it has mounted, and kills it if it does not.
    pub(crate) fn stop(&mut self) {
        if self.has_exited() {
            return;
        }
        self.group.ask();
        let start = Instant::now();
        while !self.has_exited() && start.elapsed() < TIMEOUT {
            std::thread::sleep(POLL_INTERVAL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn has_exited(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    fn log_tail(&self) -> String {
        let log = fs_err::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop();
    }
}
