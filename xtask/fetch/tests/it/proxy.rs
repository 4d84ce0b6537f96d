//! Proxies of the environment: a tunnel to where the client wants.

use std::io::Write as _;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use sixfold_project::prebuilt::protocol::Item;

use crate::run::Workplace;
use crate::server::{Answer, Asked, Server, read_request};
use crate::tls::Secure;

const PROGRAM: &[u8] = b"a program";

/// A host that no name server has: behind the proxy, it is this machine.
const ELSEWHERE: &str = "elsewhere.invalid";

/// A proxy that lets everybody through, or nobody.
struct Proxy {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Proxy {
    fn new(opens: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(vec![]));
        let all = asked.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let all = all.clone();
                thread::spawn(move || tunnel(client, opens, &all));
            }
        });
        Self { port, asked }
    }

    fn set(&self, name: &'static str) -> impl Fn(&mut Command) + use<> {
        let url = format!("http://me:s3cret@127.0.0.1:{}", self.port);
        move |command| {
            command.env(name, &url);
        }
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

fn tunnel(mut client: TcpStream, opens: bool, all: &Mutex<Vec<Asked>>) {
    let asked = read_request(&client).unwrap();
    all.lock().unwrap().push(asked.clone());
    if !opens {
        client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n").unwrap();
        return;
    }
    // What this proxy alone knows.
    let server = TcpStream::connect(asked.path.replace(ELSEWHERE, "127.0.0.1")).unwrap();
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
fn the_proxy_of_the_scheme_is_used() {
    let (proxy, work) = (Proxy::new(true), Workplace::new());
    let plain = Server::of(PROGRAM);
    let item = work.item(&plain.url("/tool"), PROGRAM);
    assert!(!work.run_with(&[item], proxy.set("http_proxy")).done());
    assert_eq!(proxy.asked.lock().unwrap()[0].path, format!("127.0.0.1:{}", plain.port));
    assert_eq!(proxy.asked.lock().unwrap()[0].method, "CONNECT");
    // "me:s3cret"
    assert_eq!(proxy.asked.lock().unwrap()[0].header("proxy-authorization"), Some("Basic bWU6czNjcmV0"));
    let other = work.item(&plain.url("/tool"), PROGRAM);
    std::fs::remove_dir_all(work.path("cache")).unwrap();
    assert!(!work.run_with(&[other], proxy.set("HTTPS_PROXY")).done());
    assert_eq!((proxy.count(), plain.asked().len()), (1, 2));
}

#[test]
fn https_goes_through_the_tunnel() {
    let (proxy, work) = (Proxy::new(true), Workplace::new());
    let secure = Secure::new(|asked| Answer::file(asked, PROGRAM, "\"1\""));
    let (trusted, through) = (secure.trusted(&work), proxy.set("ALL_PROXY"));
    let change = |command: &mut Command| {
        trusted(command);
        through(command);
    };
    assert!(!work.run_with(&[work.item(&secure.url("/tool"), PROGRAM)], change).done());
    assert_eq!((proxy.count(), secure.server.asked().len()), (1, 1));
}

#[test]
fn hosts_without_proxy_are_asked_themselves() {
    let (proxy, work, plain) = (Proxy::new(true), Workplace::new(), Server::of(PROGRAM));
    let through = proxy.set("ALL_PROXY");
    let change = |command: &mut Command| {
        through(command);
        command.env("NO_PROXY", "example.org, 127.0.0.1");
    };
    assert!(!work.run_with(&[work.item(&plain.url("/tool"), PROGRAM)], change).done());
    assert_eq!(proxy.count(), 0);
}

#[test]
fn without_a_digest_no_redirect_leads_over_plain_http() {
    let (proxy, work, target) = (Proxy::new(true), Workplace::new(), Server::of(PROGRAM));
    let back = target.url("/tool");
    let elsewhere = Server::new(move |asked| match &*asked.path {
        "/back?s3cret" => Answer::redirect(&back),
        _ => Answer::whole(PROGRAM),
    });
    let to = format!("http://{ELSEWHERE}:{}", elsewhere.port);
    let first = Server::new(move |asked| Answer::redirect(&format!("{to}{}?s3cret", asked.path)));
    let through = proxy.set("ALL_PROXY");
    let change = |command: &mut Command| {
        through(command);
        command.env("NO_PROXY", "127.0.0.1");
    };
    for path in ["/tool", "/back"] {
        let item = Item { sha256: None, ..work.item(&first.url(path), PROGRAM) };
        let message = work.run_with(&[item], change).failed(&["redirects to http://elsewhere", "use https"]);
        assert!(!message.contains("s3cret") && !work.has_program(), "{message}");
    }
    assert!(!work.run_with(&[work.item(&first.url("/back"), PROGRAM)], change).done(), "a digest vouches");
    assert_eq!((proxy.count(), target.asked().len()), (3, 2));
}

#[test]
fn a_proxy_that_refuses_is_named_and_not_asked_again() {
    let (proxy, work, plain) = (Proxy::new(false), Workplace::new(), Server::of(PROGRAM));
    let ran = work.run_with(&[work.item(&plain.url("/tool"), PROGRAM)], proxy.set("ALL_PROXY"));
    let message = ran.failed(&["the proxy", "407"]);
    assert!(!message.contains("s3cret") && !ran.stderr.contains("s3cret"), "{message}");
    assert_eq!((proxy.count(), plain.asked().len()), (1, 0));
}
