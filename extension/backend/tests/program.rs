//! Runs the compiled backend on a socket, as its container does.

#![cfg(unix)]

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

const PROGRAM: &str = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));
/// Only a failing test waits this long.
const TIMEOUT: Duration = Duration::from_secs(20);

struct Backend {
    child: Child,
    socket: PathBuf,
    _folder: tempfile::TempDir,
}

impl Backend {
    /// `prepare` gets the path of the socket before the backend starts.
    fn start(prepare: impl FnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("backend.sock");
        prepare(&socket);
        let child = Command::new(PROGRAM).env("SIXFOLD_SOCKET", &socket).spawn().unwrap();
        let backend = Self { child, socket, _folder: folder };
        let start = Instant::now();
        while !backend.healthcheck() {
            assert!(start.elapsed() < TIMEOUT, "the backend does not become healthy");
            thread::sleep(Duration::from_millis(10));
        }
        backend
    }

    fn healthcheck(&self) -> bool {
        let mut check = Command::new(PROGRAM);
        check.arg("healthcheck").env("SIXFOLD_SOCKET", &self.socket).output().unwrap().status.success()
    }

    fn get(&self, path: &str) -> (String, Value) {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: backend\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), serde_json::from_str(body).unwrap_or_default())
    }

    /// Sends SIGTERM, and returns how long the backend takes to exit, and its exit code.
    fn terminate(&mut self) -> (Duration, Option<i32>) {
        let start = Instant::now();
        assert!(Command::new("kill").arg(self.child.id().to_string()).status().unwrap().success());
        let status = self.child.wait().unwrap();
        (start.elapsed(), status.code())
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_reports_on_its_machine() {
    let backend = Backend::start(|_| {});
    let (status, report) = backend.get("/report");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert_eq!((&report["schema"], report["cpu"]["count"].as_u64() > Some(0)), (&1.into(), true), "{report}");
    let (_, sample) = backend.get("/sample");
    assert!(sample["cpu_percent"].is_number(), "{sample}");
    assert_eq!(backend.get("/nothing").0, "HTTP/1.1 404 Not Found");
}

#[test]
fn it_replaces_a_stale_socket() {
    let backend = Backend::start(|socket| drop(UnixListener::bind(socket).unwrap()));
    assert_eq!(backend.get("/health").1["healthy"], true);
}

#[test]
fn it_does_not_replace_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("backend.sock");
    std::fs::write(&file, "precious").unwrap();
    let output = Command::new(PROGRAM).env("SIXFOLD_SOCKET", &file).output().unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot listen on"), "{output:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "precious");
}

#[test]
fn it_exits_within_a_second_of_sigterm_even_with_an_open_connection() {
    let mut backend = Backend::start(|_| {});
    let mut open = UnixStream::connect(&backend.socket).unwrap();
    open.write_all(b"GET /health HTTP/1.1\r\n").unwrap();
    thread::sleep(Duration::from_millis(50));
    let (time, code) = backend.terminate();
    assert!(time < Duration::from_secs(1), "{time:?}");
    assert_eq!(code, Some(0));
    assert!(!backend.healthcheck());
}
