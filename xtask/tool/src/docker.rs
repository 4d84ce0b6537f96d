//! Docker's command line, and the engine that it talks to.

use std::process::Command;

use anyhow::{Result, bail};

use sixfold_base::process;
use sixfold_image::docker;

/// Calls docker. The default is the engine that the user's context and environment choose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Docker {
    host: Option<String>,
}

impl Docker {
    /// Calls docker for the engine at this address.
    pub(crate) fn at(host: &str) -> Self {
        Self { host: Some(host.to_owned()) }
    }

    /// A call with these arguments.
    pub(crate) fn call<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = docker::docker(arguments);
        if let Some(host) = &self.host {
            // DOCKER_HOST overrides the context, and every docker plugin respects it.
            command.env("DOCKER_HOST", host);
        }
        command
    }

    /// Fails unless the engine can be used.
    pub(crate) fn engine_must_answer(&self) -> Result<()> {
        let version = self.call(["version", "--format", "{{.Server.Version}}"]);
        let engine = process::capture(version, "ask the engine")?;
        if !engine.status.success() {
            bail!(
                "docker's engine does not answer: {}\n\
                 help: start Docker Desktop, or choose another engine from `docker context ls`",
                engine.tail()
            );
        }
        Ok(())
    }
}
