//! Bad days of servers and lines: what is tried again, what is resumed, and what is given up at once.

use std::time::{Duration, Instant};

use sixfold_project::prebuilt::protocol::Item;

use crate::run::Workplace;
use crate::server::{Answer, Asked, End, Server};

fn content() -> Vec<u8> {
    (0..400_000_u32).map(|number| (number * 7 % 251) as u8).collect()
}

/// Runs against answers that the test decides; gives the server for its requests.
fn bring(answer: impl Fn(&Asked, &[u8]) -> Answer + Send + Sync + 'static) -> Vec<Asked> {
    let content = content();
    let file = content.clone();
    let server = Server::new(move |asked| answer(asked, &file));
    let work = Workplace::new();
    assert!(!work.run(&[work.item(&server.url("/tool"), &content)]).done());
    assert!(work.program() == content);
    server.asked()
}

#[track_caller]
fn fails(words: &[&str], answer: impl Fn(&Asked, &[u8]) -> Answer + Send + Sync + 'static) -> usize {
    let file = content();
    let server = Server::new(move |asked| answer(asked, &file));
    let work = Workplace::new();
    work.run(&[work.item(&server.url("/tool"), &content())]).failed(words);
    assert!(!work.has_program());
    server.asked().len()
}

#[test]
fn a_broken_transfer_is_resumed() {
    let asked = bring(|asked, file| {
        let answer = Answer::file(asked, file, "\"1\"");
        if asked.number < 2 { answer.end(End::Closed(100_000)) } else { answer }
    });
    let from: Vec<_> = asked.iter().map(Asked::from).collect();
    assert_eq!(from, [None, Some(100_000), Some(200_000)]);
    assert_eq!(asked[1].header("if-range"), Some("\"1\""));
    assert_eq!(asked[1].header("accept-encoding"), Some("identity"));
}

#[test]
fn a_file_that_has_changed_starts_over() {
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::file(asked, &[9; 400_000], "\"old\"").end(End::Closed(100_000)),
        _ => Answer::file(asked, file, "\"new\""),
    });
    assert_eq!((asked.len(), asked[1].from()), (2, Some(100_000)));
}

#[test]
fn what_differs_by_its_query_or_login_only_is_not_mixed() {
    let server = Server::new(|asked| {
        let letter = if asked.path.contains("linux") { b'l' } else { b'w' };
        let answer = Answer::file(asked, &[letter; 400_000], "\"1\"");
        if asked.number < 3 { answer.end(End::Closed(100_000)) } else { answer }
    });
    let work = Workplace::new();
    let item = |url: &str| Item { sha256: None, ..work.item(url, b"") };
    let linux = server.url("/get?os=linux");
    work.run(&[item(&linux)]).failed(&["tried 3 times"]);
    for url in [server.url("/get?os=windows"), linux.replace("http://", "http://me@")] {
        work.run(&[item(&url)]).done();
        assert_eq!(server.asked().last().unwrap().from(), None);
    }
    work.run(&[item(&linux)]).done();
    assert_eq!(server.asked().last().unwrap().from(), Some(300_000));
    assert!(work.program() == [b'l'; 400_000]);
}

#[test]
fn what_has_no_version_starts_over() {
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::whole(file).end(End::Closed(100_000)),
        _ => Answer::whole(file),
    });
    assert_eq!((asked.len(), asked[1].from()), (2, None));
}

#[test]
fn a_server_that_sends_another_part_is_asked_for_the_whole() {
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::file(asked, file, "\"1\"").end(End::Closed(100_000)),
        1 => Answer::status(206).header("Content-Range", "bytes 5-399999/400000"),
        _ => Answer::file(asked, file, "\"1\""),
    });
    assert_eq!((asked.len(), asked[2].from()), (3, None));
}

#[test]
fn a_server_that_has_no_rest_is_asked_for_the_whole() {
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::file(asked, file, "\"1\"").end(End::Closed(100_000)),
        1 => Answer::status(416),
        _ => Answer::file(asked, file, "\"1\""),
    });
    assert_eq!((asked.len(), asked[2].from()), (3, None));
}

#[test]
fn pieces_that_do_not_fit_are_fetched_as_a_whole() {
    // The server calls two versions by the same name.
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::file(asked, &[9; 400_000], "\"1\"").end(End::Closed(100_000)),
        _ => Answer::file(asked, file, "\"1\""),
    });
    assert_eq!(asked.iter().map(Asked::from).collect::<Vec<_>>(), [None, Some(100_000), None]);
}

#[test]
fn an_answer_without_length_that_breaks_off_is_fetched_again() {
    let asked = bring(|asked, file| match asked.number {
        0 => Answer::whole(file).without_length().end(End::Closed(100_000)),
        _ => Answer::whole(file),
    });
    assert_eq!(asked.len(), 2);
}

#[test]
fn an_answer_that_is_always_too_short_is_given_up() {
    let words = ["tried 3 times", "100000 of 400000 bytes"];
    assert_eq!(fails(&words, |_, file| Answer::whole(file).end(End::Closed(100_000))), 3);
}

#[test]
fn a_busy_server_is_asked_again() {
    for status in [500, 502, 503, 429] {
        let asked = bring(move |asked, file| match asked.number {
            0 => Answer::status(status),
            _ => Answer::whole(file),
        });
        assert_eq!(asked.len(), 2, "{status}");
    }
    assert_eq!(fails(&["tried 3 times", "500"], |_, _| Answer::status(500)), 3);
}

#[test]
fn a_server_may_ask_to_wait() {
    let start = Instant::now();
    bring(|asked, file| match asked.number {
        0 => Answer::status(429).header("Retry-After", "1"),
        _ => Answer::whole(file),
    });
    assert!(start.elapsed() >= Duration::from_secs(1));
    let hour = |_: &Asked, _: &[u8]| Answer::status(503).header("Retry-After", "3600");
    assert_eq!(fails(&["try again in 3600 s", "503"], hour), 1);
}

#[test]
fn what_does_not_pass_is_not_asked_again() {
    for (status, word) in
        [(404, "mend `url` or `version`"), (401, "login"), (403, "login"), (410, "mend"), (400, "400")]
    {
        assert_eq!(fails(&[word], move |_, _| Answer::status(status)), 1, "{status}");
    }
}

#[test]
fn a_silent_server_is_left() {
    let content = content();
    let file = content.clone();
    let server = Server::new(move |asked| match asked.number {
        0 => Answer::file(asked, &file, "\"1\"").end(End::Silent(100_000)),
        _ => Answer::file(asked, &file, "\"1\""),
    });
    let mut work = Workplace::new();
    work.silence = 0.5;
    let ran = work.run(&[work.item(&server.url("/tool"), &content)]);
    assert!(!ran.done());
    assert!(ran.stderr.contains("silent"), "{}", ran.stderr);
    assert_eq!(server.asked()[1].from(), Some(100_000));
}

#[test]
fn a_server_that_is_not_there_is_named() {
    let work = Workplace::new();
    // A port that has been given to a service which nobody runs.
    let url = "http://127.0.0.1:1/tool";
    work.run(&[work.item(url, b"")]).failed(&[url, "tried 3 times"]);
}
