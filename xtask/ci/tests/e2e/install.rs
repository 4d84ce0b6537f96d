//! `install` and `uninstall` with a real engine, and a stand-in for the desktop that is told to install.
//!
//! The stand-in is that of xtask's own tests; here it hands on to the real docker all that is not `docker extension`.

use std::process::Command;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::image::read_archive;
use crate::native::host_of;
use crate::process::{Running, run};
use crate::sandbox::Sandbox;

const STAND_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tool/tests/it/install/stand_in.rs");

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn the_image_of_this_machine_is_loaded_installed_and_removed() {
    let machine = Machine::new("desktop-linux", &["docker"], "example/docker");
    machine.xtask(&["install"]).finish().succeeded();
    let [first] = machine.tags().try_into().unwrap();
    assert!(first.starts_with("0.1.0-dev."), "{first}");
    assert_eq!(machine.read("docker.installed"), format!("example/docker:{first}"));
    machine.assert_one_platform(&first);

    // A tag holds the second in which the run began.
    std::thread::sleep(Duration::from_millis(1100));
    machine.xtask(&["install"]).finish().succeeded();
    let [second] = machine.tags().try_into().unwrap();
    assert_ne!(first, second, "the image before is gone");
    assert!(
        machine.read("calls").contains(&format!("docker extension update --force example/docker:{second}"))
    );

    machine.xtask(&["uninstall"]).finish().succeeded();
    assert_eq!((machine.tags(), machine.read("docker.installed")), (vec![], String::new()));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn rancher_desktop_gets_an_image_of_its_own_engine() {
    let machine = Machine::new("rancher-desktop", &["docker", "rdctl"], "example/rancher");
    machine.xtask(&["install", "--desktop", "rancher"]).finish().succeeded();
    let [tag] = machine.tags().try_into().unwrap();
    assert_eq!(machine.read("rancher.installed"), format!("example/rancher:{tag}"));
    machine.xtask(&["uninstall", "--desktop", "rancher"]).finish().succeeded();
    assert_eq!((machine.tags(), machine.read("rancher.installed")), (vec![], String::new()));
}

#[test]
#[ignore = "needs an engine and a registry: run cargo ci"]
fn an_interrupt_ends_what_the_desktop_was_asked_to_do() {
    let machine = Machine::new("desktop-linux", &["docker"], "example/interrupted");
    fs_err::write(machine.state.join("hang"), "").unwrap();
    let mut running = machine.xtask(&["install"]);
    running.wait_until_said("hanging");
    running.signal(Signal::INT, false);
    running.finish().failed(130, &["interrupted"]);
    assert_eq!(machine.read("docker.installed"), "");
    machine.wait_until_nobody_asks();

    fs_err::remove_file(machine.state.join("hang")).unwrap();
    machine.xtask(&["install"]).finish().succeeded();
    assert_eq!(machine.tags().len(), 1, "the image of the run that was ended is gone");
    machine.xtask(&["uninstall"]).finish().succeeded();
}

/// A machine whose docker knows the desktop's engine by its context only.
struct Machine {
    sandbox: Sandbox,
    /// What the stand-in remembers.
    state: Utf8PathBuf,
    tools: Utf8PathBuf,
    config: Utf8PathBuf,
    /// The client of the real engine.
    docker: Utf8PathBuf,
    /// Which no other test uses.
    repository: &'static str,
    _folder: TempDir,
}

impl Machine {
    fn new(context: &str, programs: &[&str], repository: &'static str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        let [state, tools, config] = ["state", "tools", "config"].map(|name| root.join(name));
        [&state, &tools, &config].into_iter().for_each(|folder| fs_err::create_dir(folder).unwrap());
        let stand_in = root.join("stand-in");
        run(Command::new("rustc").args(["--edition", "2024", STAND_IN, "-o"]).arg(&stand_in)).succeeded();
        for program in programs {
            fs_err::os::unix::fs::symlink(&stand_in, tools.join(program)).unwrap();
        }
        let docker = Utf8PathBuf::try_from(which::which("docker").unwrap()).unwrap();
        let machine =
            Self { sandbox: Sandbox::hello(), state, tools, config, docker, repository, _folder: folder };
        let engine = std::env::var("DOCKER_HOST").expect("no DOCKER_HOST: run `cargo ci --only e2e`");
        let endpoint = format!("host={engine}");
        machine.docker(&["context", "create", context, "--docker", &endpoint]);
        machine
    }

    /// `cargo xtask`, where the stand-in is found first, and docker by itself chooses an engine that is not there.
    fn xtask(&self, arguments: &[&str]) -> Running {
        let mut command = self.sandbox.command(&[arguments, &["--image", self.repository]].concat());
        let path = std::env::var("PATH").unwrap();
        command.env("PATH", format!("{}:{path}", self.tools)).env("DOCKER_CONFIG", &self.config);
        command.env("DOCKER_HOST", "unix:///no/such/engine.sock");
        Running::start(command.env("STAND_IN", &self.state).env("STAND_IN_DOCKER", &self.docker))
    }

    /// The real docker, on the real engine.
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

    /// The engine's image holds the engine's platform alone, with every program in it native.
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

    /// The stand-in was told to end: it may take a moment, and no more.
    fn wait_until_nobody_asks(&self) {
        let start = Instant::now();
        while self.is_asking() {
            assert!(start.elapsed() < Duration::from_secs(30), "docker extension still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Whether the stand-in is still running.
    fn is_asking(&self) -> bool {
        let is_ours = |path: std::path::PathBuf| {
            let words = fs_err::read(path.join("cmdline")).unwrap_or_default();
            let environment = fs_err::read(path.join("environ")).unwrap_or_default();
            String::from_utf8_lossy(&words).contains("extension")
                && String::from_utf8_lossy(&environment).contains(self.state.as_str())
        };
        fs_err::read_dir("/proc").unwrap().any(|entry| is_ours(entry.unwrap().path()))
    }
}
