//! The private engine: a dockerd of its own, beside any other on the machine.

use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::folder;
use super::server::Server;

/// The containerd image store is what lets the default builder make an image of two platforms. The "native" snapshotter
/// copies instead of mounting, so that it works on any file system, that of a container too. No container is started,
/// so there is no bridge, and the machine's firewall stays as it is.
const CONFIG: &str = r#"{
  "features": {"containerd-snapshotter": true},
  "storage-driver": "native",
  "bridge": "none",
  "iptables": false,
  "ip6tables": false
}
"#;

/// Where Debian's docker-cli is, which finds the buildx plugin of Debian.
const CLIENT: &str = "/usr/bin/docker";

/// Starts the engine with all state in the folder, and waits until it answers.
pub fn start(state: &Utf8Path) -> anyhow::Result<Server> {
    let config = state.join("daemon.json");
    fs_err::write(&config, CONFIG)?;
    let [data, exec] = [folder(state, "data")?, folder(state, "exec")?];
    let pid = state.join("docker.pid");
    let socket = address(state);
    let places = ["--config-file", config.as_str(), "--host", &socket, "--pidfile", pid.as_str()];
    let roots = ["--data-root", data.as_str(), "--exec-root", exec.as_str()];
    let mut server = Server::start("dockerd", state, &[places.as_slice(), &roots].concat())?;
    server.wait_until(|| {
        let mut version = Command::new(CLIENT);
        version
            .args(["--host", &socket, "version"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().is_ok_and(|status| status.success())
    })?;
    Ok(server)
}

/// The value of DOCKER_HOST.
pub fn address(state: &Utf8Path) -> String {
    format!("unix://{state}/docker.sock")
}

/// A folder that holds the client and nothing else, to be first on the PATH.
pub fn client(state: &Utf8Path) -> anyhow::Result<Utf8PathBuf> {
    let bin = folder(state, "bin")?;
    #[cfg(unix)]
    if !bin.join("docker").is_symlink() {
        fs_err::os::unix::fs::symlink(CLIENT, bin.join("docker"))?;
    }
    Ok(bin)
}
