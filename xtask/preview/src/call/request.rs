//! A page's request to run a program, checked before anything starts.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use tokio::process::Command;

use super::{arguments, docker, environment};
use crate::app::App;
use crate::binaries::without_verbatim_prefix;
use crate::protocol::Cli;
use sixfold_base::program::TOOL;

/// How the output reaches the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// All at once, when the program has ended.
    Plain,
    /// As it is printed, split into lines or not.
    Stream { lines: bool },
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) cli: Cli,
    pub(crate) cmd: String,
    pub(crate) args: Vec<String>,
    pub(crate) cwd: Option<String>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) mode: Mode,
}

impl Request {
    /// The command line, to show it.
    pub(crate) fn line(&self) -> String {
        let words = match self.cli {
            Cli::Docker => vec!["docker", &self.cmd],
            Cli::Host | Cli::Vm => vec![self.cmd.as_str()],
        };
        let words = words.into_iter().chain(self.args.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    /// A warning if Docker Desktop would not run the same command.
    pub(crate) fn warning(&self) -> Option<String> {
        if self.mode == Mode::Plain { arguments::warning(&self.cmd, &self.args) } else { None }
    }

    /// The command that runs docker, or the host binary that metadata.json lists under this name. If the sources of that
    /// binary have changed, it is compiled first.
    pub(crate) async fn command(&self, app: &App) -> Result<Command> {
        let words = [&self.cmd].into_iter().chain(&self.args).chain(&self.cwd);
        if words.into_iter().any(|word| word.contains('\0')) {
            bail!("a command line cannot contain NUL");
        }
        environment::check(&self.env, &app.access.env)?;
        let cwd = working_folder(app, self.cwd.as_deref())?;
        let mut command = match self.cli {
            Cli::Host => Command::new(app.binaries.get(&self.cmd).await?.as_std_path()),
            Cli::Docker => self.docker()?,
            Cli::Vm => bail!(
                "the preview does not run the backend container\n\
                 help: build the image with `{TOOL} dist --load` and install it in Docker Desktop to try it"
            ),
        };
        environment::apply(&mut command, &self.env);
        command.args(&self.args).current_dir(cwd);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    fn docker(&self) -> Result<Command> {
        // One of docker's own options names the folder that it loads plugins from.
        if self.cmd.starts_with('-') {
            bail!(
                "cannot pass the option {} to docker itself\n\
                 help: start with the subcommand; its own options go after it",
                self.cmd
            );
        }
        let mut docker = docker::command()?;
        docker.arg(&self.cmd);
        Ok(docker)
    }
}

/// The folder to run in: the one with the host binaries, or a folder of the project. Desktops start programs in a folder
/// that depends on the system (docker/docs issue 21443), so a UI cannot rely on it.
fn working_folder(app: &App, cwd: Option<&str>) -> Result<Utf8PathBuf> {
    let Some(cwd) = cwd else { return Ok(app.binaries.folder().to_owned()) };
    let root = without_verbatim_prefix(app.access.root.canonicalize_utf8()?);
    let path = root.join(cwd).canonicalize_utf8().with_context(|| format!("cannot run in {cwd}"))?;
    let path = without_verbatim_prefix(path);
    if !path.is_dir() {
        bail!("cannot run in {cwd}: it is not a folder");
    }
    if !path.starts_with(&root) && !path.starts_with(app.binaries.folder()) {
        bail!("cannot run in {cwd}: it is outside the project\nhelp: use a folder inside {root}");
    }
    Ok(path)
}
