//! Whoever asks for too much, or takes all the time in the world.

use std::time::{Duration, Instant};

use serde_json::json;
use sixfold_preview::app::Limits;
use sixfold_preview::page::Page;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::served::Served;
use crate::web::{At as _, PATIENCE, Socket, get, launch, post, raw};

const SHORT: Duration = Duration::from_millis(300);

async fn impatient() -> Served {
    Served::with(Limits { patience: SHORT, ..Limits::default() }).await
}

/// Waits until the server hangs up, and gives what it said.
async fn hung_up(mut stream: TcpStream, start: Instant) -> String {
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the server hangs up");
    assert!(start.elapsed() > SHORT / 2, "not at once");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn a_head_that_never_ends() {
    let served = impatient().await;
    for begun in ["", "GET", "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nA: b\r\n"] {
        let start = Instant::now();
        let mut stream = TcpStream::connect(served.host()).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        hung_up(stream, start).await;
    }
}

#[tokio::test]
async fn a_body_that_never_comes() {
    let served = impatient().await;
    let start = Instant::now();
    let mut stream = TcpStream::connect(served.host()).await.unwrap();
    let head = format!(
        "POST /__preview/launch HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nX-Preview: 1\r\nContent-Type: application/json\r\nContent-Length: 90\r\n\r\n{{",
        served.host(),
        served.origin()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(hung_up(stream, start).await.starts_with("HTTP/1.1 408"));
}

#[tokio::test]
async fn a_socket_that_says_nothing() {
    let served = impatient().await;
    let mut socket = Socket::connect(&served).await;
    assert_eq!(socket.closed().await, 4408);
}

#[tokio::test]
async fn a_page_that_is_quiet_afterwards_stays() {
    // Long enough for a machine with much to do to say hello.
    let patience = Duration::from_secs(3);
    let served = Served::with(Limits { patience, reading: SHORT, ..Limits::default() }).await;
    let mut socket = served.open().await;
    tokio::time::sleep(patience * 4 / 3).await;
    assert_eq!(socket.exec(&["exit", "3"], json!({})).await["code"], 3);
}

#[tokio::test]
async fn oversize_requests() {
    let served = Served::start().await;
    let long = "x".repeat(200_000);
    assert_eq!(post(&served, &long, &[]).await.status, 413);
    let status = get(&served, &format!("/{long}"), &[]).await.status;
    assert!(matches!(status, 414 | 431 | 400), "{status}");
    let status = get(&served, "/", &[("X-Long", &long)]).await.status;
    assert!(matches!(status, 431 | 400), "{status}");
    // A body where none belongs is not read.
    let host = served.host();
    let request =
        format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: 100000000\r\n\r\n");
    assert_eq!(raw(&served, &request).await.status, 200);
    assert_eq!(get(&served, "/", &[]).await.status, 200);
}

#[tokio::test]
async fn oversize_messages() {
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
async fn more_connections_than_there_are_places() {
    let served = Served::with(Limits { connections: 8, patience: SHORT, ..Limits::default() }).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(TcpStream::connect(served.host()).await.unwrap());
    }
    // They are hung up on, and make room.
    assert_eq!(timeout(PATIENCE, get(&served, "/", &[])).await.unwrap().status, 200);
}

#[tokio::test]
async fn more_sockets_than_there_are_places() {
    let served = Served::with(Limits { sockets: 2, ..Limits::default() }).await;
    let token = served.token().await;
    // Those that have not said who they are take no place of a page.
    let (_quiet, _other) = (Socket::connect(&served).await, Socket::connect(&served).await);
    let mut three = Socket::connect(&served).await;
    assert_eq!(three.closed().await, 1013);
    drop((_quiet, _other));
    let (_one, _two) = (Socket::open(&served, &token).await, Socket::open(&served, &token).await);
    let mut three = Socket::connect(&served).await;
    three.send(json!({"op": "hello", "token": token})).await;
    assert_eq!(three.closed().await, 1013);
}

#[tokio::test]
async fn sockets_count_as_connections() {
    let served = Served::with(Limits { connections: 2, patience: SHORT, ..Limits::default() }).await;
    let token = served.token().await;
    let one = Socket::open(&served, &token).await;
    let _two = Socket::open(&served, &token).await;
    let third = get(&served, "/", &[]);
    assert!(timeout(SHORT * 3, third).await.is_err(), "there is no place");
    drop(one);
    assert_eq!(get(&served, "/", &[]).await.status, 200);
}

/// A file that is longer than what the system keeps for a connection, and nobody takes it.
#[tokio::test]
async fn an_answer_that_nobody_reads() {
    let served = Served::with(Limits { connections: 1, reading: SHORT, ..Limits::default() }).await;
    let Page::Files(files) = &served.app.page else { unreachable!() };
    std::fs::write(served.root.join("ui/long.bin"), vec![0; 64 * 1024 * 1024]).unwrap();
    files.refresh(&served.root.join("ui")).unwrap();
    let mut stream = TcpStream::connect(served.host()).await.unwrap();
    let head = format!("GET /long.bin HTTP/1.1\r\nHost: {}\r\n\r\n", served.host());
    stream.write_all(head.as_bytes()).await.unwrap();
    // It is hung up on, and makes room.
    assert_eq!(timeout(PATIENCE, get(&served, "/", &[])).await.unwrap().status, 200);
}

/// More calls than a page may have, while it reads nothing: what it is told waits, and its session can still be ended.
#[tokio::test]
async fn a_session_ends_while_its_page_does_not_read() {
    let served = Served::with(Limits { programs: 4, ..Limits::default() }).await;
    let secret = served.secret();
    let mut socket = Socket::open(&served, &launch(&served, &secret).await).await;
    let (_, pids) = socket.start_runner("sleep", 1).await;
    socket.stream(&["flood"], json!({})).await;
    // Time to fill all that lies between the two.
    tokio::time::sleep(SHORT * 5).await;
    for _ in 0..300 {
        socket.start("exec", &["exit", "0"], json!({})).await;
    }
    tokio::time::sleep(SHORT * 3).await;
    assert_eq!(post(&served, &secret, &[]).await.status, 403);
    crate::process::all_gone(&pids).await;
}

#[tokio::test]
async fn more_programs_than_there_are_places() {
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
