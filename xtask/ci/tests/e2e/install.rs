//! `install` and `uninstall` with a real engine and a fake Docker Desktop or Rancher Desktop.
//!
//! The fake is the one from xtask's own tests. Here it passes every command except `docker extension` to the real docker.

use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::image::read_archive;
use crate::native::host_of;
use crate::process::{Running, run};
use crate::sandbox::Sandbox;

const FAKE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tool/tests/it/install/stand_in.rs");

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_image_for_this_machine_is_loaded_installed_and_removed() {
    let machine = Machine::new("desktop-linux", &["docker"], "example/docker");
    machine.xtask(&["install"]).finish().succeeded();
    let [first] = machine.tags().try_into().unwrap();
    assert!(first.starts_with("0.1.0-dev."), "{first}");
    assert_eq!(machine.read("docker.installed"), format!("example/docker:{first}"));
    machine.assert_one_platform(&first);

    // The tag contains the time of the run, in seconds.
    std::thread::sleep(Duration::from_millis(1100));
    machine.xtask(&["install"]).finish().succeeded();
    let [second] = machine.tags().try_into().unwrap();
    assert_ne!(first, second, "the previous image is removed");
    assert!(
        machine.read("calls").contains(&format!("docker extension update --force example/docker:{second}"))
    );

    machine.xtask(&["uninstall"]).finish().succeeded();
    assert_eq!((machine.tags(), machine.read("docker.installed")), (vec![], String::new()));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn rancher_desktop_gets_an_image_in_its_own_engine() {
    let machine = Machine::new("rancher-desktop", &["docker", "rdctl"], "example/rancher");
    machine.xtask(&["install", "--desktop", "rancher"]).finish().succeeded();
    let [tag] = machine.tags().try_into().unwrap();
    assert_eq!(machine.read("rancher.installed"), format!("example/rancher:{tag}"));
    machine.xtask(&["uninstall", "--desktop", "rancher"]).finish().succeeded();
    assert_eq!((machine.tags(), machine.read("rancher.installed")), (vec![], String::new()));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_interrupt_stops_the_installation() {
    let machine = Machine::new("desktop-linux", &["docker"], "example/interrupted");
    fs_err::write(machine.state.join("hang"), "").unwrap();
    let mut running = machine.xtask(&["install"]);
    running.wait_for_output("hanging");
    running.signal(Signal::INT, false);
    running.finish().failed(130, &["interrupted"]);
    assert_eq!(machine.read("docker.installed"), "");
    machine.wait_until_the_fake_stops();

    fs_err::remove_file(machine.state.join("hang")).unwrap();
    machine.xtask(&["install"]).finish().succeeded();
    assert_eq!(machine.tags().len(), 1, "the image of the interrupted run is removed");
    machine.xtask(&["uninstall"]).finish().succeeded();
}

/// A machine whose docker reaches the engine of Docker Desktop or Rancher Desktop only through its context.
struct Machine {
    sandbox: Sandbox,
    /// The files in which the fake keeps its state.
    state: Utf8PathBuf,
    tools: Utf8PathBuf,
    config: Utf8PathBuf,
    /// The real client.
    docker: Utf8PathBuf,
    /// A repository that no other test uses.
    repository: &'static str,
    _folder: TempDir,
}

impl Machine {
    fn new(context: &str, programs: &[&str], repository: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let [state, tools, config] = ["state", "tools", "config"].map(|name| root.join(name));
        [&state, &tools, &config].into_iter().for_each(|folder| fs_err::create_dir(folder).unwrap());
        let fake = root.join("fake");
        run(Command::new("rustc").args(["--edition", "2024", FAKE, "-o"]).arg(&fake)).succeeded();
        for program in programs {
            fs_err::os::unix::fs::symlink(&fake, tools.join(program)).unwrap();
        }
        let docker = Utf8PathBuf::try_from(which::which("docker").unwrap()).unwrap();
        let machine =
            Self { sandbox: Sandbox::hello(), state, tools, config, docker, repository, _folder: folder };
        let engine = std::env::var("DOCKER_HOST").expect("no DOCKER_HOST: run `cargo ci --only e2e`");
        let endpoint = format!("host={engine}");
        machine.docker(&["context", "create", context, "--docker", &endpoint]);
        machine
    }

    /// `cargo xtask` with the fake first on the PATH, and DOCKER_HOST set to an engine that does not exist.
    fn xtask(&self, arguments: &[&str]) -> Running {
        let mut command = self.sandbox.command(&[arguments, &["--image", self.repository]].concat());
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.tools)).env("DOCKER_CONFIG", &self.config);
        command.env("DOCKER_HOST", "unix:///no/such/engine.sock");
        Running::start(command.env("STAND_IN", &self.state).env("STAND_IN_DOCKER", &self.docker))
    }

    /// The real docker with the real engine.
    fn docker(&self, arguments: &[&str]) -> String {
        run(Command::new(&self.docker).args(arguments).env("DOCKER_CONFIG", &self.config)).succeeded().stdout
    }

    fn tags(&self) -> Vec<String> {
        let listed = self.docker(&["image", "ls", "--format", "{{.Tag}}", self.repository]);
        listed.lines().map(str::to_owned).collect()
    }

    fn read(&self, name: &str) -> String {
        fs_err::read_to_string(self.state.join(name)).unwrap_or_default()
    }

    /// Asserts that the image contains only the platform of the engine, and that every binary in it is native.
    fn assert_one_platform(&self, tag: &str) {
        let file = self.state.join("saved.tar");
        self.docker(&["image", "save", "--output", file.as_str(), &format!("{}:{tag}", self.repository)]);
        let images = read_archive(&file);
        let arch = self.docker(&["version", "--format", "{{.Server.Arch}}"]);
        let platforms: Vec<_> = images.keys().collect();
        assert_eq!(platforms, [&format!("linux/{}", arch.trim())]);
        for image in images.values() {
            for (os, path) in
                [("darwin", "/darwin/hello"), ("windows", "/windows/hello.exe"), ("linux", "/linux/hello")]
            {
                assert_eq!(host_of(&image.entries[path].content), (os, arch.trim()));
            }
        }
    }

    /// The fake was told to exit, which may take a moment but not longer.
    fn wait_until_the_fake_stops(&self) {
        let start = Instant::now();
        while self.fake_is_running() {
            assert!(start.elapsed() < Duration::from_secs(30), "docker extension is still running");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn fake_is_running(&self) -> bool {
        let is_ours = |path: std::path::PathBuf| {
            let words = fs_err::read(path.join("cmdline")).unwrap_or_default();
            let environment = fs_err::read(path.join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&words).contains("extension")
                && String::from_utf8_lossy(&environment).contains(self.state.as_str())
        };
        fs_err::read_dir("/proc").unwrap().any(|entry| is_ours(entry.unwrap().path()))
    }
}
