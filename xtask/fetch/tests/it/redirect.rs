//! Where servers send the client, and what they learn of it.

use crate::run::Workplace;
use crate::server::{Answer, Server};

const PROGRAM: &[u8] = b"a program";

#[test]
fn redirects_are_followed_and_only_the_first_server_gets_the_login() {
    let target = Server::of(PROGRAM);
    let elsewhere = target.url("/final?signature=s3cret");
    let first = Server::new(move |asked| match &*asked.path {
        "/a/latest" => Answer::redirect("../v1/tool"),
        "/v1/tool" => Answer::redirect(&elsewhere),
        _ => Answer::status(404),
    });
    let work = Workplace::new();
    let url = first.url("/a/latest").replace("http://", "http://me:p%40ss@");
    assert!(!work.run(&[work.item(&url, PROGRAM)]).done());
    // "me:p@ss"
    assert_eq!(first.asked()[0].header("authorization"), Some("Basic bWU6cEBzcw=="));
    assert_eq!(first.asked().len(), 2);
    assert_eq!(target.asked()[0].path, "/final?signature=s3cret");
    assert_eq!(target.asked()[0].header("authorization"), None);
}

#[test]
fn a_circle_is_left() {
    let server = Server::new(|_| Answer::redirect("/tool"));
    let work = Workplace::new();
    work.run(&[work.item(&server.url("/tool"), PROGRAM)]).failed(&["redirects again and again"]);
    assert!(server.asked().len() <= 12, "{}", server.asked().len());
}

#[test]
fn a_redirect_to_nowhere_is_an_error() {
    for to in
        ["file:///etc/passwd", "ftp://example.org/tool", "http://", "https://me:s3cret@[x/", "/a b?s3cret"]
    {
        let server = Server::new(move |_| Answer::redirect(to));
        let work = Workplace::new();
        let message = work.run(&[work.item(&server.url("/tool"), PROGRAM)]).failed(&[]);
        assert!(!message.contains("s3cret"), "{message}");
    }
}

#[test]
fn plain_http_needs_a_digest() {
    let work = Workplace::new();
    let mut item = work.item("http://example.invalid/tool", PROGRAM);
    item.sha256 = None;
    work.run(&[item]).failed(&["plain http", "use https"]);
}

#[test]
fn secrets_of_a_url_are_never_said() {
    let answers: [fn() -> Answer; 4] = [
        || Answer::status(404),
        || Answer::status(500),
        || Answer::redirect("/other?token=s3cret"),
        || Answer::whole(b"other"),
    ];
    for answer in answers {
        let server = Server::new(move |_| answer());
        let work = Workplace::new();
        let url = server.url("/tool?token=s3cret").replace("http://", "http://me:s3cret@");
        let ran = work.run(&[work.item(&url, PROGRAM)]);
        let message = ran.failed(&[&server.url("/tool?…")]);
        assert!(!message.contains("s3cret") && !ran.stderr.contains("s3cret"), "{message}\n{}", ran.stderr);
    }
}
