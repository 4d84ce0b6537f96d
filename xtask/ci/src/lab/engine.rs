//! The private engine: a separate dockerd that does not touch any other on the machine.

use std::process::{Command, Stdio};

use camino::Utf8PathBuf;

use super::server::Server;
use super::state::State;

/// With the containerd image store, the default builder can build an image for two platforms. The "native" snapshotter
/// copies instead of mounting, so it works on any file system, including that of a container. Containers get no network, so
/// there is no bridge, and the firewall of the machine is not changed.
const CONFIG: &str = r#"{
  "features": {"containerd-snapshotter": true},
  "storage-driver": "native",
  "bridge": "none",
  "iptables": false,
  "ip6tables": false
}
"#;

/// From Debian's docker-cli, which finds Debian's buildx plugin.
const CLIENT: &str = "/usr/bin/docker";

/// Starts the engine with all of its state in the folder, and waits until it answers.
pub(crate) fn start(state: &State) -> anyhow::Result<Server> {
    let config = state.file("daemon.json");
    fs_err::write(&config, CONFIG)?;
    let [data, exec] = [state.folder("data")?, state.folder("exec")?];
    let pid = state.file("docker.pid");
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
pub(crate) fn address(state: &State) -> String {
    format!("unix://{}", state.file("docker.sock"))
}

/// A folder that contains only the client, to be put first on the PATH.
pub(crate) fn client(state: &State) -> anyhow::Result<Utf8PathBuf> {
    let bin = state.folder("bin")?;
    #[cfg(unix)]
    if !bin.join("docker").is_symlink() {
        fs_err::os::unix::fs::symlink(CLIENT, bin.join("docker"))?;
    }
    Ok(bin)
}
