//! A remote builder: BuildKit behind a TCP port. Debian has no package of it, so this is the one inside of the engine, which speaks
//! the same protocol after `POST /grpc`.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::thread;

use tempfile::TempDir;

use crate::process::{Finished, run};
use crate::registry::digest;
use crate::sandbox::{Sandbox, repository};

const UPGRADE: &[u8] = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";

/// A port of this machine behind which BuildKit is. It is there until the test program ends.
fn buildkit() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || listener.incoming().flatten().for_each(|client| drop(connect(client))));
    port
}

fn connect(client: TcpStream) -> io::Result<()> {
    let host = std::env::var("DOCKER_HOST").expect("no DOCKER_HOST: run `cargo ci --only e2e`");
    let mut engine = UnixStream::connect(host.strip_prefix("unix://").unwrap())?;
    engine.write_all(UPGRADE)?;
    let mut head = vec![];
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        engine.read_exact(&mut byte)?;
        head.extend(byte);
    }
    let (mut from, mut to) = (client.try_clone()?, engine.try_clone()?);
    thread::spawn(move || io::copy(&mut from, &mut to).and_then(|_| to.shutdown(Shutdown::Write)));
    let (mut from, mut to) = (engine, client);
    thread::spawn(move || io::copy(&mut from, &mut to).and_then(|_| to.shutdown(Shutdown::Write)));
    Ok(())
}

/// A docker without an engine that knows the builder `remote`.
struct Remote(TempDir);

impl Remote {
    fn new(port: u16) -> Self {
        let remote = Self(tempfile::tempdir().unwrap());
        let mut create = Command::new("docker");
        create.args(["buildx", "create", "--name", "remote", "--driver", "remote"]);
        run(remote.connect(create.arg(format!("tcp://127.0.0.1:{port}")))).succeeded();
        remote
    }

    fn connect<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.env("BUILDX_CONFIG", self.0.path()).env("DOCKER_HOST", "unix:///no/engine.sock")
    }

    fn dist(&self, sandbox: &Sandbox, flags: &[&str]) -> Finished {
        run(self.connect(&mut sandbox.command(&[&["dist", "--builder", "remote"], flags].concat())))
    }
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn a_remote_builder_needs_no_engine_here_and_makes_the_same_image() {
    let sandbox = Sandbox::hello();
    let remote = Remote::new(buildkit());
    let [here, there] = ["built-here", "built-remotely"].map(repository);
    for what in ["an image that is known before", "one that only buildx can make"] {
        sandbox.xtask(&["dist", "--push", "--overwrite", "--image", &here]).succeeded();
        remote.dist(&sandbox, &["--push", "--overwrite", "--image", &there]).succeeded();
        assert_eq!(digest(&here, "0.1.0"), digest(&there, "0.1.0"), "{what}");
        sandbox.edit("Dockerfile", "FROM scratch", "FROM scratch AS other\nFROM scratch");
    }
    remote.dist(&sandbox, &["--load"]).failed(1, &["engine does not answer"]);
    Remote::new(1)
        .dist(&sandbox, &["--push", "--image", &there])
        .failed(1, &["the builder remote does not start", "help: "]);
}
