//! A server in the background that ends with the value that holds it.

use std::fs::File;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use camino::{Utf8Path, Utf8PathBuf};

use crate::interrupt;
use crate::process;

/// How long a server may take to answer, and to end when asked to.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(50);

pub struct Server {
    name: &'static str,
    child: Child,
    log: Utf8PathBuf,
}

impl Server {
    /// Starts the program with its output in a log file of the state folder.
    ///
    /// It runs under setpriv (util-linux, on every Debian), so that the kernel ends it with this process: a drop guard
    /// cannot when this process is killed.
    pub fn start(name: &'static str, state: &Utf8Path, arguments: &[&str]) -> anyhow::Result<Server> {
        let program = which::which(name)
            .with_context(|| format!("there is no {name}: run `cargo ci --only system`"))?;
        let log = state.join(format!("{name}.log"));
        let mut command = process::command("setpriv", "install util-linux")?;
        command.args(["--pdeathsig", "TERM"]).arg(program).args(arguments).stdin(Stdio::null());
        let output = File::from(fs_err::File::create(&log)?);
        command.stdout(output.try_clone()?).stderr(output);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Server { name, child, log })
    }

    /// Waits until the server answers; an end or too long a silence is an error with the tail of its log.
    pub fn wait_until(&mut self, mut answers: impl FnMut() -> bool) -> anyhow::Result<()> {
        let start = Instant::now();
        while !answers() {
            interrupt::check()?;
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended ({status}):\n{}", self.name, self.log_tail());
            }
            if start.elapsed() > PATIENCE {
                bail!("{} did not answer within {} s:\n{}", self.name, PATIENCE.as_secs(), self.log_tail());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }

    /// Asks the server to end, which lets an engine unmount what it mounted, and kills it when it does not.
    pub fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        interrupt::terminate_group(self.child.id());
        let start = Instant::now();
        while !self.has_ended() && start.elapsed() < PATIENCE {
            std::thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn has_ended(&mut self) -> bool {
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
