//! What a page asks to be run, checked before anything is started.

use std::collections::BTreeMap;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;
use tokio::process::Command;

use super::{arguments, environment};
use crate::app::App;
use crate::docker;
use crate::programs::simplified;
use crate::socket::message::Cli;
use sixfold_base::program::TOOL;

/// How the output reaches the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// At the end, all at once.
    Plain,
    /// As it comes, split into lines or not.
    Stream { lines: bool },
}

#[derive(Debug)]
pub struct Request {
    pub cli: Cli,
    pub cmd: String,
    pub args: Vec<String>,
    pub cwd: Option<String>,
    pub env: BTreeMap<String, String>,
    pub mode: Mode,
}

impl Request {
    /// As people read it.
    pub fn line(&self) -> String {
        let words = match self.cli {
            Cli::Docker => vec!["docker", &self.cmd],
            Cli::Host | Cli::Vm => vec![self.cmd.as_str()],
        };
        let words = words.into_iter().chain(self.args.iter().map(String::as_str));
        words.collect::<Vec<_>>().join(" ")
    }

    /// What Docker Desktop would do otherwise, in words.
    pub fn warning(&self) -> Option<String> {
        if self.mode == Mode::Plain { arguments::warning(&self.cmd, &self.args) } else { None }
    }

    /// The command, with the program that metadata.json lists under this name, or docker. A program of the workspace
    /// whose sources have changed is compiled first.
    pub async fn command(&self, app: &App) -> Result<Command> {
        let words = [&self.cmd].into_iter().chain(&self.args).chain(&self.cwd);
        if words.into_iter().any(|word| word.contains('\0')) {
            bail!("a command line cannot hold NUL");
        }
        environment::check(&self.env)?;
        let cwd = folder(app, self.cwd.as_deref())?;
        let mut command = match self.cli {
            Cli::Host => Command::new(app.programs.get(&self.cmd).await?.as_std_path()),
            Cli::Docker => {
                // Among docker's own options is the folder from which it takes programs.
                if self.cmd.starts_with('-') {
                    bail!(
                        "docker's subcommand comes first here: the preview lets a page give docker itself no options"
                    );
                }
                let mut docker = docker::command()?;
                docker.arg(&self.cmd);
                docker
            }
            Cli::Vm => bail!(
                "the preview runs no backend container: build the image with `{TOOL} dist --load` and install it in a desktop to try it"
            ),
        };
        environment::apply(&mut command, &self.env);
        command.args(&self.args).current_dir(cwd);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }
}

/// The folder to run in: that of the programs, or one of the project. Which one a desktop starts in differs between
/// systems (docker/docs issue 21443), so that no page can rely on it.
fn folder(app: &App, cwd: Option<&str>) -> Result<Utf8PathBuf> {
    let Some(cwd) = cwd else { return Ok(app.programs.folder().to_owned()) };
    let root = simplified(app.root.canonicalize_utf8()?);
    let path =
        root.join(cwd).canonicalize_utf8().with_context(|| format!("there is no folder {cwd} to run in"))?;
    let path = simplified(path);
    if !path.is_dir() {
        bail!("{cwd} is no folder to run in");
    }
    if !path.starts_with(&root) && !path.starts_with(app.programs.folder()) {
        bail!(
            "the preview runs programs only in folders of the project, and {cwd} is none: it is outside of {root}"
        );
    }
    Ok(path)
}
