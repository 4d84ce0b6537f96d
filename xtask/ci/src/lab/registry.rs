//! The private registry: plain HTTP on a free port of the loopback interface.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use camino::Utf8Path;

use super::server::Server;
use super::state::State;

pub(crate) struct Registry {
    /// The start of an image reference. BuildKit uses no TLS for a registry on localhost.
    pub name: String,
    server: Server,
}

impl Registry {
    pub(crate) fn start(state: &State) -> anyhow::Result<Registry> {
        let address = free_address()?;
        let config = state.file("registry.yml");
        fs_err::write(&config, configuration(&state.folder("registry")?, address))?;
        let mut server = Server::start("docker-registry", state, &["serve", config.as_str()])?;
        server.wait_until(|| TcpStream::connect(address).is_ok())?;
        Ok(Registry { name: format!("localhost:{}", address.port()), server })
    }

    pub(crate) fn stop(&mut self) {
        self.server.stop();
    }
}

fn configuration(storage: &Utf8Path, address: SocketAddr) -> String {
    format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: \"{storage}\"}}}}\n\
         http: {{addr: \"{address}\"}}\n"
    )
}

/// A port that was free a moment ago. If another program takes it first, the registry exits with an error.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
