//! Proxies from the environment. They open a tunnel to the server that the client asks for.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use sixfold_project::prebuilt::protocol::Item;

use crate::run::Sandbox;
use crate::server::{HttpRequest, Response, Server, read_request};
use crate::tls::Secure;

const PROGRAM: &[u8] = b"a program";

/// A host that no name server knows. Behind the proxy, it is this machine.
const ELSEWHERE: &str = "elsewhere.invalid";

/// A proxy that accepts all connections, or refuses all.
struct Proxy {
    port: u16,
    requests: Arc<Mutex<Vec<HttpRequest>>>,
}

impl Proxy {
    fn new(accepts: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(vec![]));
        let received = requests.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let received = received.clone();
                thread::spawn(move || tunnel(client, accepts, &received));
            }
        });
        Self { port, requests }
    }

    fn set(&self, name: &'static str) -> impl Fn(&mut Command) + use<> {
        let url = format!("http://me:s3cret@127.0.0.1:{}", self.port);
        move |command| {
            command.env(name, &url);
        }
    }

    fn count(&self) -> usize {
        self.requests.lock().unwrap().len()
    }
}

fn tunnel(mut client: TcpStream, accepts: bool, requests: &Mutex<Vec<HttpRequest>>) {
    let request = read_request(&client).unwrap();
    requests.lock().unwrap().push(request.clone());
    if !accepts {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").unwrap();
        return;
    }
    // Only this proxy knows the host.
    let server = TcpStream::connect(request.path.replace(ELSEWHERE, "127.0.0.1")).unwrap();
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let up = thread::spawn(move || pump(&from, &to));
    pump(&server, &client);
    let _ = up.join();
}

fn pump(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

#[test]
fn the_proxy_for_the_scheme_is_used() {
    let (proxy, sandbox) = (Proxy::new(true), Sandbox::new());
    let plain = Server::of(PROGRAM);
    let item = sandbox.item(&plain.url("/tool"), PROGRAM);
    assert!(!sandbox.run_with(&[item], proxy.set("http_proxy")).cached());
    assert_eq!(proxy.requests.lock().unwrap()[0].path, format!("127.0.0.1:{}", plain.port));
    assert_eq!(proxy.requests.lock().unwrap()[0].method, "CONNECT");
    // "me:s3cret"
    assert_eq!(proxy.requests.lock().unwrap()[0].header("proxy-authorization"), Some("Basic bWU6czNjcmV0"));
    let other = sandbox.item(&plain.url("/tool"), PROGRAM);
    std::fs::remove_dir_all(sandbox.path("cache")).unwrap();
    assert!(!sandbox.run_with(&[other], proxy.set("HTTPS_PROXY")).cached());
    assert_eq!((proxy.count(), plain.requests().len()), (1, 2));
}

#[test]
fn https_goes_through_a_tunnel() {
    let (proxy, sandbox) = (Proxy::new(true), Sandbox::new());
    let secure = Secure::new(|_| Response::file(PROGRAM));
    let (trusted, through) = (secure.trusted(&sandbox), proxy.set("ALL_PROXY"));
    let change = |command: &mut Command| {
        trusted(command);
        through(command);
    };
    assert!(!sandbox.run_with(&[sandbox.item(&secure.url("/tool"), PROGRAM)], change).cached());
    assert_eq!((proxy.count(), secure.server.requests().len()), (1, 1));
}

#[test]
fn hosts_in_no_proxy_are_connected_to_directly() {
    let (proxy, sandbox, plain) = (Proxy::new(true), Sandbox::new(), Server::of(PROGRAM));
    let through = proxy.set("ALL_PROXY");
    let change = |command: &mut Command| {
        through(command);
        command.env("NO_PROXY", "example.org, 127.0.0.1");
    };
    assert!(!sandbox.run_with(&[sandbox.item(&plain.url("/tool"), PROGRAM)], change).cached());
    assert_eq!(proxy.count(), 0);
}

#[test]
fn without_a_digest_redirects_to_plain_http_are_refused() {
    let (proxy, sandbox, target) = (Proxy::new(true), Sandbox::new(), Server::of(PROGRAM));
    let back = target.url("/tool");
    let elsewhere = Server::new(move |request| match &*request.path {
        "/back?s3cret" => Response::redirect(&back),
        _ => Response::ok(PROGRAM),
    });
    let to = format!("http://{ELSEWHERE}:{}", elsewhere.port);
    let first = Server::new(move |request| Response::redirect(&format!("{to}{}?s3cret", request.path)));
    let through = proxy.set("ALL_PROXY");
    let change = |command: &mut Command| {
        through(command);
        command.env("NO_PROXY", "127.0.0.1");
    };
    for path in ["/tool", "/back"] {
        let item = Item { sha256: None, ..sandbox.item(&first.url(path), PROGRAM) };
        let message =
            sandbox.run_with(&[item], change).failed(&["redirects to http://elsewhere", "use https"]);
        assert!(!message.contains("s3cret") && !sandbox.has_program(), "{message}");
    }
    assert!(
        !sandbox.run_with(&[sandbox.item(&first.url("/back"), PROGRAM)], change).cached(),
        "a digest verifies the content"
    );
    assert_eq!((proxy.count(), target.requests().len()), (3, 2));
}

#[test]
fn a_refusal_by_the_proxy_is_reported_and_not_retried() {
    let (proxy, sandbox, plain) = (Proxy::new(false), Sandbox::new(), Server::of(PROGRAM));
    let run = sandbox.run_with(&[sandbox.item(&plain.url("/tool"), PROGRAM)], proxy.set("ALL_PROXY"));
    let message = run.failed(&["the proxy", "407"]);
    assert!(!message.contains("s3cret") && !run.stderr.contains("s3cret"), "{message}");
    assert_eq!((proxy.count(), plain.requests().len()), (1, 0));
}
