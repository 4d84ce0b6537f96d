//! Redirects, and what servers learn from them.

use crate::run::Sandbox;
use crate::server::{Response, Server};

const PROGRAM: &[u8] = b"a program";

#[test]
fn redirects_are_followed_and_only_the_first_server_gets_the_login() {
    let target = Server::of(PROGRAM);
    let elsewhere = target.url("/final?signature=s3cret");
    let first = Server::new(move |request| match &*request.path {
        "/a/latest" => Response::redirect("../v1/tool"),
        "/v1/tool" => Response::redirect(&elsewhere),
        _ => Response::empty(404),
    });
    let sandbox = Sandbox::new();
    let url = first.url("/a/latest").replace("http://", "http://me:p%40ss@");
    assert!(!sandbox.run(&[sandbox.item(&url, PROGRAM)]).cached());
    // "me:p@ss"
    assert_eq!(first.requests()[0].header("authorization"), Some("Basic bWU6cEBzcw=="));
    assert_eq!(first.requests().len(), 2);
    assert_eq!(target.requests()[0].path, "/final?signature=s3cret");
    assert_eq!(target.requests()[0].header("authorization"), None);
}

#[test]
fn a_redirect_loop_is_an_error() {
    let server = Server::new(|_| Response::redirect("/tool"));
    let sandbox = Sandbox::new();
    sandbox.run(&[sandbox.item(&server.url("/tool"), PROGRAM)]).failed(&["too many redirects"]);
    assert!(server.requests().len() <= 12, "{}", server.requests().len());
}

#[test]
fn a_redirect_to_an_invalid_address_is_an_error() {
    for to in
        ["file:///etc/passwd", "ftp://example.org/tool", "http://", "https://me:s3cret@[x/", "/a b?s3cret"]
    {
        let server = Server::new(move |_| Response::redirect(to));
        let sandbox = Sandbox::new();
        let message = sandbox.run(&[sandbox.item(&server.url("/tool"), PROGRAM)]).failed(&[]);
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn plain_http_needs_a_digest() {
    let sandbox = Sandbox::new();
    let mut item = sandbox.item("http://example.invalid/tool", PROGRAM);
    item.sha256 = None;
    sandbox.run(&[item]).failed(&["plain http", "use https"]);
}

#[test]
fn secrets_of_a_url_are_never_shown() {
    let responses: [fn() -> Response; 4] = [
        || Response::empty(404),
        || Response::empty(500),
        || Response::redirect("/other?token=s3cret"),
        || Response::ok(b"other"),
    ];
    for respond in responses {
        let server = Server::new(move |_| respond());
        let sandbox = Sandbox::new();
        let url = server.url("/tool?token=s3cret").replace("http://", "http://me:s3cret@");
        let run = sandbox.run(&[sandbox.item(&url, PROGRAM)]);
        let message = run.failed(&[&server.url("/tool?…")]);
        assert!(!message.contains("s3cret") && !run.stderr.contains("s3cret"), "{message}\n{}", run.stderr);
    }
}
