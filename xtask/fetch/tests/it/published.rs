//! `fetch published`: the tags of a repository, and the pictures that an image names.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::{Command, Stdio};

use sixfold_model::published::{Answers, Picture, Question};

use crate::run::{Sandbox, program};
use crate::server::{Response, Server};
use crate::tls::Secure;

/// The head of a PNG file, which says how many pixels it has.
fn png(width: u32, height: u32) -> Vec<u8> {
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &size, b"\x08\x06\0\0\0"].concat()
}

fn ask(image: &str, pictures: &[String], change: impl FnOnce(&mut Command)) -> Answers {
    let mut command = program();
    command.arg("published").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.env("DOCKER_CONFIG", "/no such folder");
    change(&mut command);
    let mut child = command.spawn().unwrap();
    let question = Question { image: image.to_owned(), pictures: pictures.iter().cloned().collect() };
    let text = serde_json::to_vec(&question).unwrap();
    child.stdin.take().unwrap().write_all(&text).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The tags that a registry lists.
fn tags(registry: &Server) -> Result<Vec<String>, String> {
    ask(&format!("127.0.0.1:{}/example/tool:1.0.0", registry.port), &[], |_| {}).tags
}

#[test]
fn the_tags_of_all_pages_are_read() {
    let server = Server::new(|request| match request.path.as_str() {
        "/v2/example/tool/tags/list?n=1000" => Response::ok(br#"{"name":"example/tool","tags":["1.0.0"]}"#)
            .header("Link", "</v2/example/tool/tags/list?last=1.0.0&n=1000>; rel=\"next\""),
        "/v2/example/tool/tags/list?last=1.0.0&n=1000" => Response::ok(br#"{"tags":["1.1.0","latest"]}"#),
        _ => Response::empty(500),
    });
    assert_eq!(tags(&server).unwrap(), ["1.0.0", "1.1.0", "latest"]);
}

#[test]
fn a_list_of_tags_that_cannot_be_read_is_unknown() {
    let endless = |_: &_| Response::ok(br#"{"tags":[]}"#).header("Link", "</v2/x>; rel=\"next\"");
    assert!(tags(&Server::new(endless)).unwrap_err().contains("more than 100 pages"));
    let elsewhere =
        |_: &_| Response::ok(br#"{"tags":[]}"#).header("Link", "<http://127.0.0.1:1/v2/x>; rel=\"next\"");
    assert!(tags(&Server::new(elsewhere)).unwrap_err().contains("goes on at another server"));
    for (response, words) in [
        (Response::empty(404), "404 Not Found"),
        (Response::ok(b"<html>"), "not JSON"),
        (Response::ok(br#"{"tags":[1]}"#), "not a list of tags"),
    ] {
        let why = tags(&Server::new(move |_| response.clone())).unwrap_err();
        assert!(why.contains(words), "{why}");
    }
}

#[test]
fn pictures_are_looked_at_and_everything_else_is_none() {
    let plain = Server::of(&png(8, 8));
    let to = plain.url("/picture.png");
    let secure = Secure::new(move |request| match request.path.as_str() {
        "/screenshot.png" => Response::ok(&png(2400, 1600)),
        "/icon.svg" => Response::ok(b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>"),
        "/empty.png" => Response::ok(&png(0, 7)),
        "/page" => Response::ok(b"<!DOCTYPE html><html><svg/></html>"),
        "/large" => Response::ok(&vec![0; (32 << 20) + 1]),
        "/http" => Response::redirect(&to),
        "/there" => Response::redirect("/screenshot.png"),
        _ => Response::empty(404),
    });
    let sandbox = Sandbox::new();
    let paths = ["/screenshot.png", "/there", "/icon.svg", "/empty.png", "/page", "/large", "/http", "/gone"];
    let mut addresses = paths.map(|path| secure.url(path)).to_vec();
    addresses.extend([plain.url("/picture.png"), "file:///etc/hostname".to_owned(), "nothing".to_owned()]);
    let answers = ask("127.0.0.1:1/x:1", &addresses, secure.trusted(&sandbox));
    assert!(answers.tags.is_err());
    assert_eq!(answers.pictures.keys().collect::<BTreeSet<_>>(), addresses.iter().collect());
    let of = |address: &str| &answers.pictures[address];
    let screenshot = Picture::Pixels { width: 2400, height: 1600 };
    assert_eq!((of(&secure.url("/screenshot.png")), of(&secure.url("/there"))), (&screenshot, &screenshot));
    assert_eq!(of(&secure.url("/icon.svg")), &Picture::Svg);
    for (address, words) in [
        (secure.url("/empty.png"), "without any pixels"),
        (secure.url("/page"), "not a picture"),
        (secure.url("/large"), "more than 32 MiB"),
        (secure.url("/http"), "redirects from https"),
        (secure.url("/gone"), "404 Not Found"),
        (plain.url("/picture.png"), "does not start with https://"),
        ("file:///etc/hostname".to_owned(), "does not start with https://"),
        ("nothing".to_owned(), "neither an https://"),
    ] {
        let Picture::None(why) = of(&address) else { panic!("{address}: {:?}", of(&address)) };
        assert!(why.contains(words) && !why.contains('\n'), "{address}: {why}");
    }
    assert_eq!(plain.requests().len(), 0);
}
