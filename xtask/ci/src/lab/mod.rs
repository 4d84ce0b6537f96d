//! A private engine and a private registry for the end-to-end tests. Both listen on the loopback interface only, on free
//! ports, and keep all their state in one folder.
//!
//! Invariant: the servers stop when the `Lab` is dropped, however that happens. If this process is killed, the kernel stops
//! them (see `server`), and the next `Lab` removes what is left.

mod engine;
mod leftovers;
mod registry;
mod server;
mod state;

use std::process::Command;

use anyhow::Context;

use registry::Registry;
use server::Server;
use state::State;

/// Fields are dropped in this order: the servers first, then their state.
pub(crate) struct Lab {
    engine: Server,
    registry: Registry,
    state: State,
}

impl Lab {
    /// Starts both servers and waits until they answer.
    pub(crate) fn start() -> anyhow::Result<Lab> {
        leftovers::clear()?;
        let state = State::new()?;
        let registry = Registry::start(&state)?;
        let engine = engine::start(&state)?;
        eprintln!("engine on {}, registry on {}", engine::address(&state), registry.name);
        Ok(Lab { engine, registry, state })
    }

    /// Makes the command use the engine, the registry, and a Docker client that does not read the user's configuration.
    pub(crate) fn connect<'a>(&self, command: &'a mut Command) -> anyhow::Result<&'a mut Command> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::iter::once(engine::client(&self.state)?.into()).chain(std::env::split_paths(&path));
        let paths = std::env::join_paths(paths).context("a folder on the PATH has a colon in its name")?;
        command
            .env("PATH", paths)
            .env("DOCKER_HOST", engine::address(&self.state))
            .env("DOCKER_CONFIG", self.state.folder("docker-config")?);
        command.env_remove("DOCKER_CONTEXT").env_remove("BUILDX_BUILDER").env_remove("BUILDX_CONFIG");
        Ok(command.env("E2E_REGISTRY", &self.registry.name))
    }

    /// Stops the servers and reports errors. Dropping does the same, but ignores errors.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        self.engine.stop();
        self.registry.stop();
        self.state.remove()
    }
}
