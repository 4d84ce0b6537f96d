//! A web server on this machine that publishes binaries for all six hosts.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, OnceLock};

use sha2::Digest as _;

use crate::image::read_archive;
use crate::native::host_of;
use crate::sandbox::Sandbox;

pub(crate) const HOSTS: [&str; 3] = ["darwin", "windows", "linux"];
pub(crate) const ARCHS: [&str; 2] = ["amd64", "arm64"];

/// By path, which begins with `/`.
type Files = BTreeMap<String, Vec<u8>>;

/// A server that runs until the tests end.
pub(crate) struct Publisher {
    pub address: SocketAddr,
    files: Arc<Mutex<Files>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Publisher {
    /// A server without files.
    pub(crate) fn new() -> Publisher {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let publisher = Publisher { address, files: Arc::default(), requests: Arc::default() };
        let (files, requests) = (publisher.files.clone(), publisher.requests.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (files, requests) = (files.clone(), requests.clone());
                std::thread::spawn(move || answer(stream, &files, &requests));
            }
        });
        publisher
    }

    /// With a binary for every host, in the same folders as kubectl's publisher, each with a file that has its digest.
    pub(crate) fn of_kubectl(version: &str) -> Publisher {
        let publisher = Publisher::new();
        publisher.release(version);
        publisher
    }

    pub(crate) fn release(&self, version: &str) {
        for (os, arch, binary) in binaries() {
            // The version, appended to the part of the file that a host reads, makes the versions differ.
            let bytes = if *os == "darwin" { binary.clone() } else { [binary, version.as_bytes()].concat() };
            self.put(&path(version, os, arch), bytes);
        }
    }

    /// Publishes a file, and its digest in a second file.
    pub(crate) fn put(&self, path: &str, bytes: Vec<u8>) {
        let digest = format!("{}\n", sha256(&bytes)).into_bytes();
        let mut files = self.files.lock().unwrap();
        files.insert(format!("{path}.sha256"), digest);
        files.insert(path.to_owned(), bytes);
    }

    /// Changes a file, but not its published digest.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(self.files.lock().unwrap().get_mut(path).unwrap());
    }

    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        self.files.lock().unwrap()[path].clone()
    }

    pub(crate) fn remove(&self, path: &str) {
        self.files.lock().unwrap().remove(path).unwrap();
    }

    /// The number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

/// The path of a binary on the server of kubectl's publisher.
pub(crate) fn path(version: &str, os: &str, arch: &str) -> String {
    let exe = if os == "windows" { ".exe" } else { "" };
    format!("/v{version}/bin/{os}/{arch}/kubectl{exe}")
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Real binaries by host and architecture: those of the smallest extension.
pub(crate) fn binaries() -> &'static [(&'static str, &'static str, Vec<u8>)] {
    static BINARIES: OnceLock<Vec<(&str, &str, Vec<u8>)>> = OnceLock::new();
    BINARIES.get_or_init(|| {
        let sandbox = Sandbox::hello();
        let image = read_archive(&sandbox.dist(&[]));
        let cells = HOSTS.into_iter().flat_map(|os| ARCHS.map(|arch| (os, arch)));
        let binary = |(os, arch)| {
            let exe = if os == "windows" { ".exe" } else { "" };
            let entry = &image[&format!("linux/{arch}")].entries[&format!("/{os}/hello{exe}")];
            assert_eq!(host_of(&entry.content), (os, arch));
            (os, arch, entry.content.clone())
        };
        cells.map(binary).collect()
    })
}

/// Answers one request.
fn answer(mut stream: TcpStream, files: &Mutex<Files>, requests: &Mutex<Vec<String>>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else { return };
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let file = files.lock().unwrap().get(&path).cloned();
    requests.lock().unwrap().push(path);
    let (status, body) = file.map_or(("404 Not Found", b"no such file".to_vec()), |file| ("200 OK", file));
    let head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client may close the connection early.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body));
}
