//! What is fetched once is not fetched again, and never used unchecked.

use std::slice::from_ref;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sixfold_project::prebuilt::protocol::{Event, Item, cached};

use crate::run::{Ran, Workplace};
use crate::server::{Answer, End, Server};

const PROGRAM: &[u8] = b"#!/bin/sh\necho a program\n";

#[test]
fn a_program_arrives_once() {
    let (server, work) = (Server::of(PROGRAM), Workplace::new());
    let items = [work.item(&server.url("/tool"), PROGRAM)];
    let ran = work.run(&items);
    assert!(!ran.done());
    assert_eq!(ran.files()[0].path, work.path("into/tool"));
    assert_eq!(ran.files()[0].size, PROGRAM.len() as u64);
    assert_eq!(work.program(), PROGRAM);
    assert!(ran.stderr.contains("Downloaded tool linux-arm64, 25 B in"), "{}", ran.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(work.path("into/tool").metadata().unwrap().permissions().mode() & 0o777, 0o755);
    }
    std::fs::remove_dir_all(work.path("into")).unwrap();
    let again = work.run(&items);
    assert!(again.done());
    assert_eq!(again.stderr, "");
    assert_eq!((work.program(), server.asked().len()), (PROGRAM.to_vec(), 1));
}

#[test]
fn a_program_comes_out_of_an_archive() {
    let mut header = tar::Header::new_gnu();
    header.set_size(PROGRAM.len() as u64);
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(vec![], flate2::Compression::default()));
    tar.append_data(&mut header, "linux-arm64/tool", PROGRAM).unwrap();
    let archive = tar.into_inner().unwrap().finish().unwrap();
    let (server, work) = (Server::of(&archive), Workplace::new());
    let mut item = work.item(&server.url("/no-ending"), &archive);
    item.files[0].member = Some("linux-arm64/tool".to_owned());
    assert!(!work.run(from_ref(&item)).done());
    assert_eq!(work.program(), PROGRAM);
    item.files[0].member = Some("linux-arm64/other".to_owned());
    work.run(&[item]).failed(&["no linux-arm64/other", "it holds linux-arm64/tool", "mend `member`"]);
}

#[test]
fn one_changed_byte_is_refused() {
    let (server, work) = (Server::of(b"#!/bin/sh\necho A program\n"), Workplace::new());
    let item = work.item(&server.url("/tool"), PROGRAM);
    let digest = item.sha256.clone().unwrap();
    work.run(&[item]).failed(&["SHA-256", digest.hex(), "prebuilt update"]);
    assert!(!work.has_program() && !cached(&work.path("cache"), &digest).exists());
    assert_eq!(server.asked().len(), 1, "a wrong digest does not pass by asking again");
}

#[test]
fn a_web_page_is_no_program() {
    let (server, work) = (Server::of(b"\n<!DOCTYPE html><title>log in</title>"), Workplace::new());
    let item = work.item(&server.url("/tool"), PROGRAM);
    work.run(from_ref(&item)).failed(&["a web page", "login"]);
    work.run(&[Item { sha256: None, ..item }]).failed(&["a web page", "login"]);
    assert!(!work.has_program());
}

#[test]
fn a_damaged_copy_is_fetched_again() {
    let (server, work) = (Server::of(PROGRAM), Workplace::new());
    let item = work.item(&server.url("/tool"), PROGRAM);
    work.run(from_ref(&item)).done();
    let copy = cached(&work.path("cache"), item.sha256.as_ref().unwrap());
    std::fs::write(&copy, b"#!/bin/sh\necho a virus..\n").unwrap();
    let ran = work.run(&[item]);
    assert!(!ran.done());
    assert_eq!(ran.stderr.matches("damaged").count(), 1, "{}", ran.stderr);
    assert_eq!((work.program(), server.asked().len()), (PROGRAM.to_vec(), 2));
    assert_eq!(std::fs::read(copy).unwrap(), PROGRAM);
}

#[test]
fn without_a_digest_what_comes_is_told_and_kept() {
    let (server, work) = (Server::of(PROGRAM), Workplace::new());
    let item = Item { sha256: None, files: vec![], ..work.item(&server.url("/tool"), PROGRAM) };
    let ran = work.run(&[item]);
    let digest = sixfold_model::digest::Digest::of(PROGRAM);
    assert!(matches!(&ran.answers[..], [Event::Done { sha256, size: 25, .. }] if *sha256 == digest));
    assert!(cached(&work.path("cache"), &digest).exists());
    assert!(work.run(&[work.item("https://nowhere.invalid/tool", PROGRAM)]).done());
}

#[test]
fn offline_the_cache_is_all_there_is() {
    let (server, mut work) = (Server::of(PROGRAM), Workplace::new());
    let item = work.item(&server.url("/tool"), PROGRAM);
    work.offline = true;
    work.run(from_ref(&item)).failed(&["not in the cache", "--offline"]);
    assert_eq!(server.asked().len(), 0);
    work.offline = false;
    work.run(from_ref(&item)).done();
    work.offline = true;
    assert!(work.run(from_ref(&item)).done());
    std::fs::write(cached(&work.path("cache"), item.sha256.as_ref().unwrap()), "damaged").unwrap();
    work.run(&[item]).failed(&["not in the cache"]);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn local_files_are_read_each_time() {
    let mut work = Workplace::new();
    work.offline = true;
    let path = work.path("a b");
    std::fs::write(&path, PROGRAM).unwrap();
    let url = format!("file://{}{}", if cfg!(windows) { "/" } else { "" }, path.as_str().replace(' ', "%20"));
    for url in [path.as_str(), &url] {
        let _ = std::fs::remove_dir_all(work.path("into"));
        work.run(&[work.item(url, PROGRAM)]).done();
        assert_eq!(work.program(), PROGRAM);
    }
    std::fs::write(&path, "changed").unwrap();
    work.run(&[work.item(path.as_str(), PROGRAM)]).failed(&["a b", "SHA-256"]);
    work.run(&[work.item(work.path("missing").as_str(), PROGRAM)]).failed(&["missing", "mend `url`"]);
    work.run(&[work.item("tool", PROGRAM)]).failed(&["`tool`", "absolute path"]);
}

#[test]
fn several_come_side_by_side() {
    // Nobody gets an answer before a second one has asked.
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let server = Server::new(move |asked| {
        let (count, more) = &*gate;
        *count.lock().unwrap() += 1;
        more.notify_all();
        let wait =
            more.wait_timeout_while(count.lock().unwrap(), Duration::from_secs(20), |count| *count < 2);
        assert!(!wait.unwrap().1.timed_out());
        Answer::whole(asked.path.as_bytes())
    });
    let work = Workplace::new();
    let item = |number: usize| {
        let path = format!("/{number}");
        let mut item = work.item(&server.url(&path), path.as_bytes());
        item.id = format!("tool {number}");
        item.files[0].name = format!("tool-{number}");
        item
    };
    let items: Vec<Item> = (0..6).map(item).collect();
    let ran = work.run(&items);
    assert_eq!(ran.answers.len(), 6);
    assert!(ran.answers.iter().all(|answer| matches!(answer, Event::Done { .. })), "{:?}", ran.answers);
    assert_eq!(std::fs::read(work.path("into/tool-5")).unwrap(), b"/5");
}

#[test]
fn two_runs_at_once_share_one_download() {
    let server = Server::new(|_| {
        sleep(Duration::from_millis(300));
        Answer::whole(PROGRAM)
    });
    let work = Workplace::new();
    let items = |name: &str| {
        let mut item = work.item(&server.url("/tool"), PROGRAM);
        item.files[0].name = name.to_owned();
        [item]
    };
    let (one, other) = (items("one"), items("other"));
    let children = [work.start(&one, |_| {}), work.start(&other, |_| {})];
    let cached = children.map(|child| Ran::of(child, &one).done());
    assert_ne!(cached[0], cached[1], "one brings it, one waits for it");
    assert_eq!(server.asked().len(), 1);
    assert_eq!(
        std::fs::read(work.path("into/one")).unwrap(),
        std::fs::read(work.path("into/other")).unwrap()
    );
}

#[test]
fn a_killed_run_is_continued() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let (file, half) = (content.clone(), 1_500_000);
    let server = Server::new(move |asked| match asked.number {
        0 => Answer::file(asked, &file, "\"1\"").end(End::Silent(half)),
        _ => Answer::file(asked, &file, "\"1\""),
    });
    let work = Workplace::new();
    let items = [work.item(&server.url("/tool"), &content)];
    let mut child = work.start(&items, |_| {});
    let digest = items[0].sha256.clone().unwrap();
    let partial = work.path("cache/prebuilt/partial").join(digest.hex());
    let start = Instant::now();
    while partial.metadata().map_or(0, |metadata| metadata.len()) < half as u64 {
        assert!(start.elapsed() < Duration::from_secs(60), "the first half does not come");
        sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!work.has_program() && !cached(&work.path("cache"), &digest).exists());
    assert!(!work.run(&items).done());
    assert_eq!(work.program(), content);
    assert_eq!(server.asked()[1].from(), Some(half));
    let left: Vec<_> = std::fs::read_dir(work.path("cache/prebuilt/partial")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the lock is left: {left:?}");
}

#[test]
fn progress_is_told_now_and_then() {
    let content = vec![7; 20_000_000];
    let server = Server::of(&content);
    let work = Workplace::new();
    let ran = work.run(&[work.item(&server.url("/tool"), &content)]);
    assert!(!ran.done());
    assert!((1..40).contains(&ran.progress), "{}", ran.progress);
    assert!(ran.stderr.lines().count() < 6, "{}", ran.stderr);
}

#[test]
fn a_request_that_contradicts_itself_is_not_served() {
    let work = Workplace::new();
    let item = work.item("/tool", PROGRAM);
    let other = Item { id: "other".to_owned(), ..item.clone() };
    for (items, word) in [([item.clone(), item.clone()], "called"), ([item, other], "two items write")] {
        let ran = work.run(&items);
        assert_eq!((ran.code, ran.answers.len()), (Some(1), 0));
        assert!(ran.stderr.contains(word), "{}", ran.stderr);
    }
}
