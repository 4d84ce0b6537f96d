//! The sample's backend in a container, which `docker compose` starts from the pushed image and the repository's compose file, as
//! desktops do.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Finished, run};
use crate::registry::docker;
use crate::sandbox::{Sandbox, WORKSPACE, repository};

/// Docker kills a container this long after it has asked it to end.
const GRACE: Duration = Duration::from_secs(10);
const REQUESTS: usize = 10_000;
const AT_A_TIME: usize = 64;
/// How much more memory the load may leave in use, in KiB: about a hundred bytes for each request.
const GROWTH: usize = 1024;

/// A single test, because every part needs the image of this repository, which takes longest to build.
#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_samples_backend_runs_in_a_container() {
    let sandbox = Sandbox::this_repository();
    let image = repository("backend");
    sandbox.push(&image).succeeded();
    let image = format!("{image}:0.1.0");

    let service = Service::start(&image, "amd64");
    service.assert_reports("amd64");
    service.assert_survives_load();
    // A container that was killed leaves its socket behind.
    service.compose(&["kill"]).succeeded();
    service.up();
    service.assert_reports("amd64");
    service.assert_stops();

    // The kernel starts programs for arm64 only where binfmt_misc knows qemu, which is a setting of the machine.
    if Utf8Path::new("/proc/sys/fs/binfmt_misc/qemu-aarch64").exists() {
        let service = Service::start(&image, "arm64");
        service.assert_reports("arm64");
        service.assert_stops();
    } else {
        eprintln!("the container for arm64 is not started: binfmt_misc has no qemu-aarch64");
    }
}

/// A compose project with the one service of the sample. It ends when this is dropped.
struct Service {
    image: String,
    name: String,
    folder: TempDir,
}

impl Service {
    /// Starts the container, with the folder of the socket in a bind mount, and waits until it is healthy.
    fn start(image: &str, arch: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let service = Self { image: image.to_owned(), name: format!("e2e-backend-{arch}"), folder };
        fs_err::create_dir(service.path("run")).unwrap();
        let own = format!(
            "services:\n  backend:\n    platform: linux/{arch}\n    volumes: [\"{}:/run/guest-services\"]\n",
            service.path("run")
        );
        fs_err::write(service.path("desktop.yaml"), own).unwrap();
        docker(&["pull", "--quiet", "--platform", &format!("linux/{arch}"), image]);
        service.up();
        service
    }

    fn path(&self, name: &str) -> Utf8PathBuf {
        Utf8Path::from_path(self.folder.path()).unwrap().join(name)
    }

    fn compose(&self, arguments: &[&str]) -> Finished {
        let (sample, own) = (format!("{WORKSPACE}/docker-compose.yaml"), self.path("desktop.yaml"));
        let mut command = Command::new("docker");
        command.args(["compose", "--project-name", &self.name, "--file", &sample, "--file", own.as_str()]);
        run(command.args(arguments).env("DESKTOP_PLUGIN_IMAGE", &self.image))
    }

    /// Fails if the container does not become healthy.
    fn up(&self) {
        self.compose(&["up", "--detach", "--pull", "never", "--wait", "--wait-timeout", "120"]).succeeded();
    }

    /// The container, also after it has stopped.
    fn inspect(&self, format: &str) -> String {
        let id = self.compose(&["ps", "--all", "--quiet", "backend"]).succeeded().stdout;
        docker(&["inspect", "--format", format, id.trim()]).trim().to_owned()
    }

    /// The body of an answer with the status 200.
    fn get(&self, path: &str) -> std::io::Result<String> {
        let mut stream = UnixStream::connect(self.path("run/backend.sock"))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
            _ => Err(std::io::Error::other(answer)),
        }
    }

    fn assert_reports(&self, arch: &str) {
        let report: Value = serde_json::from_str(&self.get("/report").unwrap()).unwrap();
        assert_eq!((&report["os"], &report["arch"]), (&"linux".into(), &arch.into()), "{report}");
        assert_eq!(self.inspect("{{.State.Health.Status}} {{.HostConfig.NetworkMode}}"), "healthy none");
    }

    /// Asks for samples from many threads. No answer is lost, and no memory.
    fn assert_survives_load(&self) {
        let (left, lost) = (AtomicUsize::new(REQUESTS), AtomicUsize::new(0));
        let take = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        let ask = || {
            while take().is_ok() {
                if self.get("/sample").is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        let many = || std::thread::scope(|scope| (0..AT_A_TIME).for_each(|_| drop(scope.spawn(ask))));
        // What the first requests allocate is used again.
        many();
        let before = self.memory();
        left.store(REQUESTS, Ordering::Relaxed);
        many();
        let after = self.memory();
        assert_eq!(lost.into_inner(), 0, "requests without an answer");
        assert!(after < before + GROWTH, "{before} KiB before, {after} KiB after {REQUESTS} requests");
    }

    /// The memory of the container's process, in KiB.
    fn memory(&self) -> usize {
        let status =
            fs_err::read_to_string(format!("/proc/{}/status", self.inspect("{{.State.Pid}}"))).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// It ends by itself when it is asked to: it is not killed.
    fn assert_stops(&self) {
        let start = Instant::now();
        self.compose(&["stop"]).succeeded();
        assert!(start.elapsed() < GRACE, "{:?}", start.elapsed());
        assert_eq!(self.inspect("{{.State.ExitCode}}"), "0");
        assert!(!self.path("run/backend.sock").exists(), "it leaves its socket behind");
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.compose(&["down", "--volumes", "--timeout", "1"]);
    }
}
