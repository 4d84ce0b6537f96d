//! A download is fetched once, and is never used without verification.

use std::slice::from_ref;
use std::sync::{Arc, Condvar, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sixfold_project::prebuilt::protocol::{Event, Item, cached};

use crate::run::{Run, Sandbox};
use crate::server::{End, Response, Server};

const PROGRAM: &[u8] = b"#!/bin/sh\necho a program\n";

#[test]
fn a_binary_is_downloaded_once() {
    let (server, sandbox) = (Server::of(PROGRAM), Sandbox::new());
    let items = [sandbox.item(&server.url("/tool"), PROGRAM)];
    let run = sandbox.run(&items);
    assert!(!run.cached());
    assert_eq!(run.files()[0].path, sandbox.path("into/tool"));
    assert_eq!(run.files()[0].size, PROGRAM.len() as u64);
    assert_eq!(sandbox.program(), PROGRAM);
    assert!(run.stderr.contains("Downloaded tool linux-arm64, 25 B in"), "{}", run.stderr);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(sandbox.path("into/tool").metadata().unwrap().permissions().mode() & 0o777, 0o755);
    }
    std::fs::remove_dir_all(sandbox.path("into")).unwrap();
    let again = sandbox.run(&items);
    assert!(again.cached());
    assert_eq!(again.stderr, "");
    assert_eq!((sandbox.program(), server.requests().len()), (PROGRAM.to_vec(), 1));
}

#[test]
fn a_binary_is_extracted_from_an_archive() {
    let mut header = tar::Header::new_gnu();
    header.set_size(PROGRAM.len() as u64);
    let mut tar = tar::Builder::new(flate2::write::GzEncoder::new(vec![], flate2::Compression::default()));
    tar.append_data(&mut header, "linux-arm64/tool", PROGRAM).unwrap();
    let archive = tar.into_inner().unwrap().finish().unwrap();
    let (server, sandbox) = (Server::of(&archive), Sandbox::new());
    let mut item = sandbox.item(&server.url("/no-ending"), &archive);
    item.files[0].member = Some("linux-arm64/tool".to_owned());
    assert!(!sandbox.run(from_ref(&item)).cached());
    assert_eq!(sandbox.program(), PROGRAM);
    item.files[0].member = Some("linux-arm64/other".to_owned());
    sandbox.run(&[item]).failed(&[
        "does not contain linux-arm64/other",
        "help: set `member`",
        "linux-arm64/tool",
    ]);
}

#[test]
fn a_changed_byte_is_an_error() {
    let (server, sandbox) = (Server::of(b"#!/bin/sh\necho A program\n"), Sandbox::new());
    let item = sandbox.item(&server.url("/tool"), PROGRAM);
    let digest = item.sha256.clone().unwrap();
    sandbox.run(&[item]).failed(&["SHA-256", digest.hex(), "prebuilt update"]);
    assert!(!sandbox.has_program() && !cached(&sandbox.path("cache"), &digest).exists());
    assert_eq!(server.requests().len(), 1, "a wrong digest is not retried");
}

#[test]
fn a_web_page_is_an_error() {
    let (server, sandbox) = (Server::of(b"\n<!DOCTYPE html><title>log in</title>"), Sandbox::new());
    let item = sandbox.item(&server.url("/tool"), PROGRAM);
    sandbox.run(from_ref(&item)).failed(&["a web page", "login"]);
    sandbox.run(&[Item { sha256: None, ..item }]).failed(&["a web page", "login"]);
    assert!(!sandbox.has_program());
}

#[test]
fn a_damaged_copy_is_downloaded_again() {
    let (server, sandbox) = (Server::of(PROGRAM), Sandbox::new());
    let item = sandbox.item(&server.url("/tool"), PROGRAM);
    sandbox.run(from_ref(&item)).succeeded();
    let copy = cached(&sandbox.path("cache"), item.sha256.as_ref().unwrap());
    std::fs::write(&copy, b"#!/bin/sh\necho a virus..\n").unwrap();
    let run = sandbox.run(&[item]);
    assert!(!run.cached());
    assert_eq!(run.stderr.matches("damaged").count(), 1, "{}", run.stderr);
    assert_eq!((sandbox.program(), server.requests().len()), (PROGRAM.to_vec(), 2));
    assert_eq!(std::fs::read(copy).unwrap(), PROGRAM);
}

#[test]
fn without_a_digest_the_download_is_cached_and_its_digest_reported() {
    let (server, sandbox) = (Server::of(PROGRAM), Sandbox::new());
    let item = Item { sha256: None, files: vec![], ..sandbox.item(&server.url("/tool"), PROGRAM) };
    let run = sandbox.run(&[item]);
    let digest = sixfold_model::digest::Digest::of(PROGRAM);
    assert!(matches!(&run.results[..], [Event::Done { sha256, size: 25, .. }] if *sha256 == digest));
    assert!(cached(&sandbox.path("cache"), &digest).exists());
    assert!(sandbox.run(&[sandbox.item("https://nowhere.invalid/tool", PROGRAM)]).cached());
}

#[test]
fn offline_only_the_cache_is_used() {
    let (server, mut sandbox) = (Server::of(PROGRAM), Sandbox::new());
    let item = sandbox.item(&server.url("/tool"), PROGRAM);
    sandbox.offline = true;
    sandbox.run(from_ref(&item)).failed(&["not in the cache", "--offline"]);
    assert_eq!(server.requests().len(), 0);
    sandbox.offline = false;
    sandbox.run(from_ref(&item)).succeeded();
    sandbox.offline = true;
    assert!(sandbox.run(from_ref(&item)).cached());
    std::fs::write(cached(&sandbox.path("cache"), item.sha256.as_ref().unwrap()), "damaged").unwrap();
    sandbox.run(&[item]).failed(&["not in the cache"]);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn local_files_are_read_every_time() {
    let mut sandbox = Sandbox::new();
    sandbox.offline = true;
    let path = sandbox.path("a b");
    std::fs::write(&path, PROGRAM).unwrap();
    let url = format!("file://{}{}", if cfg!(windows) { "/" } else { "" }, path.as_str().replace(' ', "%20"));
    for url in [path.as_str(), &url] {
        let _ = std::fs::remove_dir_all(sandbox.path("into"));
        sandbox.run(&[sandbox.item(url, PROGRAM)]).succeeded();
        assert_eq!(sandbox.program(), PROGRAM);
    }
    std::fs::write(&path, "changed").unwrap();
    sandbox.run(&[sandbox.item(path.as_str(), PROGRAM)]).failed(&["a b", "SHA-256"]);
    sandbox
        .run(&[sandbox.item(sandbox.path("missing").as_str(), PROGRAM)])
        .failed(&["missing", "help: correct `url`"]);
    sandbox.run(&[sandbox.item("tool", PROGRAM)]).failed(&["`tool`", "absolute path"]);
}

#[test]
fn several_items_are_downloaded_at_a_time() {
    // The first request is answered only after a second one has arrived.
    let gate = Arc::new((Mutex::new(0), Condvar::new()));
    let server = Server::new(move |request| {
        let (count, more) = &*gate;
        *count.lock().unwrap() += 1;
        more.notify_all();
        let wait =
            more.wait_timeout_while(count.lock().unwrap(), Duration::from_secs(20), |count| *count < 2);
        assert!(!wait.unwrap().1.timed_out());
        Response::ok(request.path.as_bytes())
    });
    let sandbox = Sandbox::new();
    let item = |number: usize| {
        let path = format!("/{number}");
        let mut item = sandbox.item(&server.url(&path), path.as_bytes());
        item.id = format!("tool {number}");
        item.files[0].name = format!("tool-{number}");
        item
    };
    let items: Vec<Item> = (0..6).map(item).collect();
    let run = sandbox.run(&items);
    assert_eq!(run.results.len(), 6);
    assert!(run.results.iter().all(|result| matches!(result, Event::Done { .. })), "{:?}", run.results);
    assert_eq!(std::fs::read(sandbox.path("into/tool-5")).unwrap(), b"/5");
}

#[test]
fn two_simultaneous_runs_share_one_download() {
    let server = Server::new(|_| {
        sleep(Duration::from_millis(300));
        Response::ok(PROGRAM)
    });
    let sandbox = Sandbox::new();
    let items = |name: &str| {
        let mut item = sandbox.item(&server.url("/tool"), PROGRAM);
        item.files[0].name = name.to_owned();
        [item]
    };
    let (one, other) = (items("one"), items("other"));
    let children = [sandbox.start(&one, |_| {}), sandbox.start(&other, |_| {})];
    let cached = children.map(|child| Run::of(child, &one).cached());
    assert_ne!(cached[0], cached[1], "one downloads it, the other waits");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(
        std::fs::read(sandbox.path("into/one")).unwrap(),
        std::fs::read(sandbox.path("into/other")).unwrap()
    );
}

#[test]
fn the_download_of_a_killed_run_is_fetched_again() {
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let (file, half) = (content.clone(), 1_500_000);
    let server = Server::new(move |request| match request.number {
        0 => Response::file(&file).end(End::Silent(half)),
        _ => Response::file(&file),
    });
    let sandbox = Sandbox::new();
    let items = [sandbox.item(&server.url("/tool"), &content)];
    let mut child = sandbox.start(&items, |_| {});
    let digest = items[0].sha256.clone().unwrap();
    let start = Instant::now();
    while partial_size(&sandbox) < half as u64 {
        assert!(start.elapsed() < Duration::from_secs(60), "the first half does not arrive");
        sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!sandbox.has_program() && !cached(&sandbox.path("cache"), &digest).exists());
    assert!(!sandbox.run(&items).cached());
    assert_eq!(sandbox.program(), content);
    assert_eq!(server.requests()[1].header("range"), None);
    let left: Vec<_> = std::fs::read_dir(sandbox.path("cache/prebuilt/partial")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the lock is left: {left:?}");
}

/// The total size of all partial downloads, in bytes.
fn partial_size(sandbox: &Sandbox) -> u64 {
    let entries = std::fs::read_dir(sandbox.path("cache/prebuilt/partial")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}

#[test]
fn progress_is_reported_at_intervals() {
    let content = vec![7; 20_000_000];
    let server = Server::of(&content);
    let sandbox = Sandbox::new();
    let run = sandbox.run(&[sandbox.item(&server.url("/tool"), &content)]);
    assert!(!run.cached());
    assert!((1..40).contains(&run.progress), "{}", run.progress);
    assert!(run.stderr.lines().count() < 6, "{}", run.stderr);
}

#[test]
fn a_contradictory_request_is_an_error() {
    let sandbox = Sandbox::new();
    let item = sandbox.item("/tool", PROGRAM);
    let other = Item { id: "other".to_owned(), ..item.clone() };
    for (items, word) in [([item.clone(), item.clone()], "have the id"), ([item, other], "two items write")] {
        let run = sandbox.run(&items);
        assert_eq!((run.code, run.results.len()), (Some(1), 0));
        assert!(run.stderr.contains(word), "{}", run.stderr);
    }
}
