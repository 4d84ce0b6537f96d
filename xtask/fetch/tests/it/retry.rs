//! Unreliable servers and connections: which failures are retried, and which are final.

use std::time::{Duration, Instant};

use sixfold_project::prebuilt::protocol::Item;

use crate::run::Sandbox;
use crate::server::{End, HttpRequest, Response, Server};

fn content() -> Vec<u8> {
    (0..400_000_u32).map(|number| (number * 7 % 251) as u8).collect()
}

/// Downloads from a server with these responses, verifies the content, and returns the requests.
#[track_caller]
fn succeeds(respond: impl Fn(&HttpRequest, &[u8]) -> Response + Send + Sync + 'static) -> Vec<HttpRequest> {
    let content = content();
    let file = content.clone();
    let server = Server::new(move |request| respond(request, &file));
    let sandbox = Sandbox::new();
    assert!(!sandbox.run(&[sandbox.item(&server.url("/tool"), &content)]).cached());
    assert!(sandbox.program() == content);
    let requests = server.requests();
    assert!(requests.iter().all(|request| request.header("range").is_none()), "every attempt starts over");
    requests
}

/// The download fails with an error that contains these words. Returns the number of requests.
#[track_caller]
fn fails(words: &[&str], respond: impl Fn(&HttpRequest, &[u8]) -> Response + Send + Sync + 'static) -> usize {
    let file = content();
    let server = Server::new(move |request| respond(request, &file));
    let sandbox = Sandbox::new();
    sandbox.run(&[sandbox.item(&server.url("/tool"), &content())]).failed(words);
    assert!(!sandbox.has_program());
    server.requests().len()
}

#[test]
fn a_broken_download_is_fetched_again_whole_and_verified() {
    let requests = succeeds(|request, file| {
        let response = Response::file(file);
        if request.number < 2 { response.end(End::Closed(100_000)) } else { response }
    });
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[1].header("accept-encoding"), Some("identity"));
}

#[test]
fn a_file_that_changes_between_attempts_is_not_mixed() {
    let requests = succeeds(|request, file| match request.number {
        0 => Response::file(&[9; 400_000]).end(End::Closed(100_000)),
        _ => Response::file(file),
    });
    assert_eq!(requests.len(), 2);
}

#[test]
fn nothing_is_left_of_a_longer_file_that_broke_off() {
    let requests = succeeds(|request, file| match request.number {
        0 => Response::file(&[9; 500_000]).end(End::Closed(450_000)),
        _ => Response::file(file),
    });
    assert_eq!(requests.len(), 2);
}

#[test]
fn a_broken_download_without_etag_is_fetched_again() {
    let requests = succeeds(|request, file| match request.number {
        0 => Response::ok(file).end(End::Closed(100_000)),
        _ => Response::ok(file),
    });
    assert_eq!(requests.len(), 2);
}

#[test]
fn addresses_that_differ_only_in_query_or_login_are_not_mixed() {
    let server = Server::new(|request| {
        let letter = if request.path.contains("linux") { b'l' } else { b'w' };
        let response = Response::file(&[letter; 400_000]);
        if request.number < 3 { response.end(End::Closed(100_000)) } else { response }
    });
    let sandbox = Sandbox::new();
    let item = |url: &str| Item { sha256: None, ..sandbox.item(url, b"") };
    let linux = server.url("/get?os=linux");
    sandbox.run(&[item(&linux)]).failed(&["tried 3 times"]);
    for (url, letter) in [
        (server.url("/get?os=windows"), b'w'),
        (linux.replace("http://", "http://me@"), b'l'),
        (linux.clone(), b'l'),
    ] {
        assert!(!sandbox.run(&[item(&url)]).cached());
        assert!(sandbox.program() == [letter; 400_000]);
    }
    assert!(server.requests().iter().all(|request| request.header("range").is_none()));
}

#[test]
fn a_partial_response_is_not_taken_for_the_file() {
    let partial = |_: &HttpRequest, file: &[u8]| {
        Response::ok(&file[5..]).status(206).header("Content-Range", "bytes 5-399999/400000")
    };
    assert_eq!(fails(&["206"], partial), 1);
}

#[test]
fn a_response_without_length_that_breaks_off_is_fetched_again() {
    let requests = succeeds(|request, file| match request.number {
        0 => Response::ok(file).without_length().end(End::Closed(100_000)),
        _ => Response::ok(file),
    });
    assert_eq!(requests.len(), 2);
    let words = ["tried 3 times", "SHA-256", "run the command again later"];
    assert_eq!(fails(&words, |_, file| Response::ok(file).without_length().end(End::Closed(100_000))), 3);
}

#[test]
fn a_response_without_length_is_accepted() {
    assert_eq!(succeeds(|_, file| Response::ok(file).without_length()).len(), 1);
}

#[test]
fn a_response_that_is_always_too_short_is_an_error() {
    let words = ["tried 3 times", "100000 of 400000 bytes"];
    assert_eq!(fails(&words, |_, file| Response::ok(file).end(End::Closed(100_000))), 3);
}

#[test]
fn a_busy_server_is_asked_again() {
    for status in [500, 502, 503, 429] {
        let requests = succeeds(move |request, file| match request.number {
            0 => Response::empty(status),
            _ => Response::ok(file),
        });
        assert_eq!(requests.len(), 2, "{status}");
    }
    assert_eq!(fails(&["tried 3 times", "500"], |_, _| Response::empty(500)), 3);
}

#[test]
fn a_server_may_ask_to_wait() {
    let start = Instant::now();
    succeeds(|request, file| match request.number {
        0 => Response::empty(429).header("Retry-After", "1"),
        _ => Response::ok(file),
    });
    assert!(start.elapsed() >= Duration::from_secs(1));
    let hour = |_: &HttpRequest, _: &[u8]| Response::empty(503).header("Retry-After", "3600");
    assert_eq!(fails(&["503", "the server asks you to wait 3600 s"], hour), 1);
}

#[test]
fn permanent_failures_are_not_retried() {
    for (status, word) in [
        (404, "help: check `url` and `version`"),
        (401, "login"),
        (403, "login"),
        (410, "help: check `url`"),
        (400, "400"),
        (416, "416"),
    ] {
        assert_eq!(fails(&[word], move |_, _| Response::empty(status)), 1, "{status}");
    }
}

#[test]
fn a_silent_server_is_asked_again() {
    let content = content();
    let file = content.clone();
    let server = Server::new(move |request| match request.number {
        0 => Response::file(&file).end(End::Silent(100_000)),
        _ => Response::file(&file),
    });
    let mut sandbox = Sandbox::new();
    sandbox.timeout = 0.5;
    let run = sandbox.run(&[sandbox.item(&server.url("/tool"), &content)]);
    assert!(!run.cached());
    assert!(run.stderr.contains("did not respond in time"), "{}", run.stderr);
    assert!(sandbox.program() == content);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn an_unreachable_server_is_named() {
    let sandbox = Sandbox::new();
    // A reserved port. No server listens on it.
    let url = "http://127.0.0.1:1/tool";
    sandbox.run(&[sandbox.item(url, b"")]).failed(&[url, "tried 3 times"]);
}
