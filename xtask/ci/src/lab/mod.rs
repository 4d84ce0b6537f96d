//! A private engine and a private registry for the end-to-end tests: loopback only, free ports, all state in one folder.
//!
//! Invariant: what was started ends with the `Lab`, on every way out. Should this process itself be killed, the kernel
//! ends the servers (see `server`), and the next `Lab` clears away what is left.

mod engine;
mod leftovers;
mod registry;
mod server;

use std::fs::File;
use std::process::Command;

use anyhow::Context;
use camino::{Utf8Path, Utf8PathBuf};
use tempfile::TempDir;

use registry::Registry;
use server::Server;

/// Fields are dropped in this order: the servers, then their state.
pub struct Lab {
    engine: Server,
    registry: Registry,
    state: State,
}

/// The folder of all state. Below the system's own temporary folder: the path of a unix socket holds about 100 bytes.
struct State {
    folder: TempDir,
    path: Utf8PathBuf,
    /// Tells other runs that the folder is in use.
    _claim: File,
}

impl Lab {
    /// Starts both servers and waits until they answer.
    pub fn start() -> anyhow::Result<Lab> {
        leftovers::clear()?;
        let state = State::new()?;
        let registry = Registry::start(&state.path)?;
        let engine = engine::start(&state.path)?;
        eprintln!("engine on {}, registry on {}", engine::address(&state.path), registry.name);
        Ok(Lab { engine, registry, state })
    }

    /// Points a command at the engine and the registry, and at a docker client that knows nothing of the user's.
    pub fn serve<'a>(&self, command: &'a mut Command) -> anyhow::Result<&'a mut Command> {
        let state = &self.state.path;
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(engine::client(state)?.into()).chain(std::env::split_paths(&path));
        command.env(
            "PATH",
            std::env::join_paths(paths).context("a folder on the PATH has a colon in its name")?,
        );
        command
            .env("DOCKER_HOST", engine::address(state))
            .env("DOCKER_CONFIG", folder(state, "docker-config")?);
        command.env_remove("DOCKER_CONTEXT").env_remove("BUILDX_BUILDER").env_remove("BUILDX_CONFIG");
        Ok(command.env("E2E_REGISTRY", &self.registry.name))
    }

    /// Stops the servers and says so; dropping does the same in silence.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.engine.stop();
        self.registry.stop();
        let path = self.state.path.clone();
        self.state.folder.close().with_context(|| format!("cannot remove {path}"))
    }
}

impl State {
    fn new() -> anyhow::Result<State> {
        let folder = tempfile::Builder::new().prefix(leftovers::PREFIX).tempdir()?;
        let path =
            Utf8Path::from_path(folder.path()).context("the temporary folder's path is no UTF-8")?.to_owned();
        let claim = leftovers::claim(&path)?;
        Ok(State { folder, path, _claim: claim })
    }
}

/// A folder of that name in the state, made if it is missing.
fn folder(state: &Utf8Path, name: &str) -> anyhow::Result<Utf8PathBuf> {
    let path = state.join(name);
    fs_err::create_dir_all(&path)?;
    Ok(path)
}
