//! The private registry, plain HTTP on a free port of the loopback interface.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use camino::Utf8Path;

use super::folder;
use super::server::Server;

pub struct Registry {
    /// What an image reference begins with: BuildKit takes a registry on localhost for one without TLS.
    pub name: String,
    server: Server,
}

impl Registry {
    pub fn start(state: &Utf8Path) -> anyhow::Result<Registry> {
        let address = free_address()?;
        let config = state.join("registry.yml");
        let storage = folder(state, "registry")?;
        fs_err::write(&config, configuration(&storage, address))?;
        let mut server = Server::start("docker-registry", state, &["serve", config.as_str()])?;
        server.wait_until(|| TcpStream::connect(address).is_ok())?;
        Ok(Registry { name: format!("localhost:{}", address.port()), server })
    }

    pub fn stop(&mut self) {
        self.server.stop();
    }
}

fn configuration(storage: &Utf8Path, address: SocketAddr) -> String {
    format!(
        "version: 0.1\nlog: {{level: warn}}\nstorage: {{filesystem: {{rootdirectory: \"{storage}\"}}}}\n\
         http: {{addr: \"{address}\"}}\n"
    )
}

/// A port that was free a moment ago; should another program take it first, the registry ends and says so.
fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
