//! sccache as RUSTC_WRAPPER, with rust-lld for darwin and zig for C code and Windows: what one build has compiled, the next one
//! takes from a folder or from Redis, also if nothing else is left of the first.

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

use camino::Utf8Path;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Running, run};
use crate::sandbox::Sandbox;

/// A server of sccache for one test, which keeps everything in `folder`, unless a variable names another place.
struct Sccache {
    folder: TempDir,
    port: String,
    place: (&'static str, String),
}

impl Sccache {
    fn local() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("cache").to_str().unwrap().to_owned();
        Self::new(folder, ("SCCACHE_DIR", cache))
    }

    fn with_redis(port: u16) -> Self {
        Self::new(tempfile::tempdir().unwrap(), ("SCCACHE_REDIS", format!("redis://127.0.0.1:{port}")))
    }

    fn new(folder: TempDir, place: (&'static str, String)) -> Self {
        Self { folder, port: free_port().to_string(), place }
    }

    fn connect<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // A server that was started for another test, or by the user, must not answer.
        command.env("SCCACHE_SERVER_PORT", &self.port).env("SCCACHE_CONF", self.folder.path().join("none"));
        command.env("RUSTC_WRAPPER", "sccache").env(self.place.0, &self.place.1)
    }

    fn ask(&self, question: &[&str]) -> String {
        run(self.connect(Command::new("sccache").args(question))).succeeded().stdout
    }

    fn stats(&self) -> Value {
        let stats: Value =
            serde_json::from_str(&self.ask(&["--show-stats", "--stats-format", "json"])).unwrap();
        stats["stats"].clone()
    }

    /// How many crates were found, and how many were not.
    fn hits_and_misses(&self) -> (u64, u64) {
        let stats = self.stats();
        let count = |name: &str| stats[name]["counts"]["Rust"].as_u64().unwrap_or_default();
        (count("cache_hits"), count("cache_misses"))
    }

    /// Waits until as many entries are written, which the server may do after it has answered.
    fn wait_for_writes(&self, count: u64) {
        let start = Instant::now();
        while self.stats()["cache_writes"].as_u64() < Some(count) {
            assert!(start.elapsed() < Duration::from_secs(60), "{}", self.stats());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// Builds without anything from earlier builds, and returns the archive.
    fn build(&self, sandbox: &Sandbox) -> Vec<u8> {
        let _ = fs_err::remove_dir_all(sandbox.root.join("target"));
        run(self.connect(&mut sandbox.command(&["dist"]))).succeeded();
        fs_err::read(sandbox.archive()).unwrap()
    }

    #[track_caller]
    fn saves_a_second_build(&self) {
        let sandbox = with_a_library();
        // If the part of the tool that runs zig is not compiled yet, the first build compiles it, and sccache counts that.
        sandbox.dist(&[]);
        let first = self.build(&sandbox);
        let (hits, misses) = self.hits_and_misses();
        assert_eq!((hits, misses >= 4), (0, true), "{misses}: at least the library, for each target");
        self.wait_for_writes(misses);
        // Nothing stays in the memory of the server.
        self.ask(&["--stop-server"]);
        let second = self.build(&sandbox);
        assert_eq!(self.hits_and_misses(), (misses, 0));
        assert!(first == second, "the archives differ");
    }
}

impl Drop for Sccache {
    fn drop(&mut self) {
        let _ = self.connect(Command::new("sccache").arg("--stop-server")).output();
    }
}

/// C code for darwin and windows, in a library, because sccache keeps libraries only.
fn with_a_library() -> Sandbox {
    let sandbox = Sandbox::fixture("headers");
    let write =
        |file: &str, text: &str| fs_err::write(sandbox.root.join("uses/src").join(file), text).unwrap();
    write("lib.rs", "unsafe extern \"C\" {\n    pub safe fn uses() -> i32;\n}\n");
    write("main.rs", "fn main() {\n    println!(\"{}\", uses::uses());\n}\n");
    sandbox
}

fn free_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port()
}

#[test]
#[ignore = "needs zig and sccache: run cargo ci"]
fn a_second_build_takes_its_crates_from_a_folder() {
    Sccache::local().saves_a_second_build();
}

#[test]
#[ignore = "needs zig, sccache and Redis: run cargo ci"]
fn a_second_build_takes_its_crates_from_redis() {
    let port = free_port();
    let data = tempfile::tempdir().unwrap();
    let _redis = redis(port, Utf8Path::from_path(data.path()).unwrap());
    Sccache::with_redis(port).saves_a_second_build();
}

/// A Redis on the loopback interface that writes no file.
fn redis(port: u16, data: &Utf8Path) -> Running {
    let mut redis = Command::new("redis-server");
    redis.args(["--bind", "127.0.0.1", "--save", "", "--port", &port.to_string(), "--dir", data.as_str()]);
    let mut redis = Running::start(&mut redis);
    redis.wait_until(|_| TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok());
    redis
}

/// Only packages outside of the workspace are kept: sccache does not understand how cargo-auditable calls rustc for the others.
#[test]
#[ignore = "needs sccache and cargo-auditable: run cargo ci"]
fn packages_outside_of_the_workspace_are_kept_with_cargo_auditable() {
    let (sccache, sandbox) = (Sccache::local(), Sandbox::hello());
    sandbox.make_auditable("extension");
    let build = || {
        let _ = fs_err::remove_dir_all(sandbox.root.join("target"));
        run(sccache.connect(&mut sandbox.auditable(&["dist"]))).succeeded();
        fs_err::read(sandbox.archive()).unwrap()
    };
    let first = build();
    assert_eq!(sccache.hits_and_misses(), (0, 6));
    sccache.wait_for_writes(6);
    sccache.ask(&["--stop-server"]);
    assert!(first == build(), "the archives differ");
    assert_eq!(sccache.hits_and_misses(), (6, 0));
}
