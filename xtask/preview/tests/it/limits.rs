//! Clients that ask for too much, or are too slow.

use std::time::{Duration, Instant};

use serde_json::json;
use sixfold_preview::limits::Limits;
use sixfold_preview::ui::UiSource;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::served::Served;
use crate::web::{Address as _, Socket, TIMEOUT, get, launch, post, raw};

const SHORT: Duration = Duration::from_millis(300);

async fn short_timeout() -> Served {
    Served::with(Limits { request_timeout: SHORT, ..Limits::default() }).await
}

/// Waits until the server closes the connection, and returns what it sent.
async fn closed(mut stream: TcpStream, start: Instant) -> String {
    let mut received = Vec::new();
    let _ =
        timeout(TIMEOUT, stream.read_to_end(&mut received)).await.expect("the server closes the connection");
    assert!(start.elapsed() > SHORT / 2, "not at once");
    String::from_utf8_lossy(&received).into_owned()
}

#[tokio::test]
async fn a_request_head_that_never_ends_times_out() {
    let served = short_timeout().await;
    for begun in ["", "GET", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nA: b\r\n"] {
        let start = Instant::now();
        let mut stream = served.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        closed(stream, start).await;
    }
}

#[tokio::test]
async fn a_request_body_that_never_arrives_times_out() {
    let served = short_timeout().await;
    let start = Instant::now();
    let mut stream = served.connect().await;
    let head = format!(
        "POST /__preview/launch HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nX-Preview: 1\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{{",
        served.host(),
        served.origin()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(closed(stream, start).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn a_socket_that_sends_nothing_is_closed() {
    let served = short_timeout().await;
    let mut socket = Socket::connect(&served).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn a_page_that_is_idle_stays_connected() {
    // Long enough for a busy machine to send the first message.
    let request_timeout = Duration::from_secs(3);
    let served = Served::with(Limits { request_timeout, write_timeout: SHORT, ..Limits::default() }).await;
    let mut socket = served.open().await;
    tokio::time::sleep(request_timeout * 4 / 3).await;
    assert_eq!(socket.exec(&["exit", "3"], json!({})).await["code"], 3);
}

#[tokio::test]
async fn oversized_requests_are_rejected() {
    let served = Served::start().await;
    let long = "x".repeat(200_000);
    assert_eq!(post(&served, &long, &[]).await.status, 413);
    let status = get(&served, &format!("/{long}"), &[]).await.status;
    assert!(matches!(status, 414 | 431 | 400), "{status}");
    let status = get(&served, "/", &[("X-Long", &long)]).await.status;
    assert!(matches!(status, 431 | 400), "{status}");
    // The body of a GET request is not read.
    let host = served.host();
    let request =
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\n");
    assert_eq!(raw(&served, &request).await.status, 200);
    assert_eq!(get(&served, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn oversized_messages_close_the_socket() {
    let served = Served::start().await;
    let mut socket = Socket::connect(&served).await;
    let _ = socket.send_text("x".repeat(2 * 1024 * 1024)).await;
    assert_ne!(socket.closed().await, 4408);
    let mut socket = served.open().await;
    let (_, pids) = socket.start_runner("sleep", 1).await;
    let long =
        json!({"op": "exec", "id": 9, "cli": "host", "cmd": "actor", "args": ["x".repeat(2 * 1024 * 1024)]});
    let _ = socket.send_text(long.to_string()).await;
    socket.closed().await;
    crate::process::all_gone(&pids).await;
}

#[tokio::test]
async fn idle_connections_make_room_for_others() {
    let served = Served::with(Limits { connections: 8, request_timeout: SHORT, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(served.connect().await);
    }
    // They time out, and make room.
    assert_eq!(timeout(TIMEOUT, get(&served, "/", &[])).await.unwrap().status, 200);
}

#[tokio::test]
async fn sockets_above_the_limit_are_closed() {
    let served = Served::with(Limits { sockets: 2, ..Limits::default() }).await;
    let token = served.token().await;
    // Sockets without a token do not count as pages. The oldest one makes room.
    let (mut quiet, other) = (Socket::connect(&served).await, Socket::connect(&served).await);
    let _three = Socket::connect(&served).await;
    assert_eq!(quiet.closed().await, 1013);
    drop((quiet, other));
    let (_one, _two) = (Socket::open(&served, &token).await, Socket::open(&served, &token).await);
    let mut three = Socket::connect(&served).await;
    three.send(json!({"op": "hello", "token": token})).await;
    assert_eq!(three.closed().await, 1013);
}

#[tokio::test]
async fn silent_sockets_do_not_lock_the_page_out() {
    let served = Served::start().await;
    let token = served.token().await;
    let mut silent = Vec::new();
    for _ in 0..2 * served.app.limits.sockets {
        silent.push(Socket::connect(&served).await);
    }
    let start = Instant::now();
    let mut socket = Socket::open(&served, &token).await;
    assert_eq!(socket.exec(&["exit", "3"], json!({})).await["code"], 3);
    assert!(start.elapsed() < served.app.limits.request_timeout, "not only after they have timed out");
}

/// Nothing of the body has to arrive before the answer.
#[tokio::test]
async fn a_body_of_a_petabyte_is_rejected_at_once() {
    let served = Served::start().await;
    let start = Instant::now();
    for length in ["1125899906842624", "18446744073709551615", "1025"] {
        let status = post(&served, &served.secret(), &[("Content-Length", length)]).await.status;
        // The largest one is already rejected as a header.
        assert!(matches!(status, 413 | 431), "{length}: {status}");
    }
    assert!(start.elapsed() < served.app.limits.request_timeout, "not only after a timeout");
}

/// Each of them is within the limit of one exec.
#[tokio::test]
async fn plain_execs_share_one_budget() {
    let limits = Limits { exec_output: 6_000_000, total_exec_output: 8_000_000, ..Limits::default() };
    let served = Served::with(limits).await;
    let (mut one, mut two) = (served.open().await, served.open().await);
    let id = one.start("exec", &["hold", "5000000"], json!({})).await;
    // Only once the first one has printed everything is there no room for the second, whichever is faster.
    let printed = async {
        while served.app.output_budget.available_permits() > 3_000_000 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(TIMEOUT, printed).await.unwrap();
    let answer = two.exec(&["print", "5000000"], json!({})).await;
    assert_eq!(answer["op"], "failed", "{answer}");
    let message = answer["message"].as_str().unwrap();
    assert!(message.contains("printed too much together"), "{message}");
    assert_eq!(two.exec(&["print", "1000"], json!({})).await["op"], "result");
    one.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(one.next().await["stdout"].as_str().unwrap().len(), 5_000_000);
    for _ in 0..5 {
        assert_eq!(
            two.exec(&["print", "5000000"], json!({})).await["op"],
            "result",
            "its share is free again"
        );
    }
}

#[tokio::test]
async fn sockets_count_as_connections() {
    let served = Served::with(Limits { connections: 2, request_timeout: SHORT, ..Limits::default() }).await;
    let token = served.token().await;
    let one = Socket::open(&served, &token).await;
    let _two = Socket::open(&served, &token).await;
    let third = get(&served, "/", &[]);
    assert!(timeout(SHORT * 3, third).await.is_err(), "all connections are in use");
    drop(one);
    assert_eq!(get(&served, "/", &[]).await.status, 200);
}

/// A file that is larger than the system's buffers for a connection.
#[tokio::test]
async fn a_response_that_is_never_read_times_out() {
    let served = Served::with(Limits { connections: 1, write_timeout: SHORT, ..Limits::default() }).await;
    let UiSource::Files(files) = &served.app.ui else { unreachable!() };
    std::fs::write(served.root.join("ui/long.bin"), vec![0; 64 * 1024 * 1024]).unwrap();
    files.reload(&served.root.join("ui")).unwrap();
    let mut stream = served.connect().await;
    let head = format!("GET /long.bin HTTP/1.1\r\nHost: {}\r\n\r\n", served.host());
    stream.write_all(head.as_bytes()).await.unwrap();
    // The connection times out, and makes room.
    assert_eq!(timeout(TIMEOUT, get(&served, "/", &[])).await.unwrap().status, 200);
}

/// A page with more calls than it may have, which reads nothing: its answers wait, and its session can still be ended.
#[tokio::test]
async fn a_session_ends_while_its_page_does_not_read() {
    let served = Served::with(Limits { programs: 4, ..Limits::default() }).await;
    let secret = served.secret();
    let mut socket = Socket::open(&served, &launch(&served, &secret).await).await;
    let (_, pids) = socket.start_runner("sleep", 1).await;
    socket.stream(&["flood"], json!({})).await;
    // Enough time to fill all buffers in between.
    tokio::time::sleep(SHORT * 5).await;
    for _ in 0..300 {
        socket.start("exec", &["exit", "0"], json!({})).await;
    }
    tokio::time::sleep(SHORT * 3).await;
    assert_eq!(post(&served, &secret, &[]).await.status, 403);
    crate::process::all_gone(&pids).await;
}

#[tokio::test]
async fn programs_above_the_limit_do_not_start() {
    let served = Served::with(Limits { programs: 2, ..Limits::default() }).await;
    let mut socket = served.open().await;
    let (first, _) = socket.start_runner("sleep", 1).await;
    socket.start_runner("sleep", 1).await;
    let answer = socket.exec(&["exit", "0"], json!({})).await;
    assert!(answer["message"].as_str().unwrap().contains("2 programs"), "{answer}");
    socket.send(json!({"op": "kill", "id": first})).await;
    assert_eq!(socket.next().await["op"], "close");
    assert_eq!(socket.exec(&["exit", "4"], json!({})).await["code"], 4);
}
