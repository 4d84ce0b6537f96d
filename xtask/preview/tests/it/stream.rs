//! Streamed exec: output as it is printed.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::served::Served;

#[tokio::test]
async fn lines_arrive_at_once_and_the_last_needs_no_newline() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    // The next line comes in an hour, so the first one must not be held back.
    let id = socket.stream(&["tick", "2", "3600000"], json!({"lines": true})).await;
    assert_eq!(socket.next().await, json!({"op": "out", "id": id, "stdout": "tick 0"}));
    socket.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(socket.next().await["op"], "close");
    let id = socket.stream(&["tick", "3", "1"], json!({"lines": true})).await;
    let (lines, end) = socket.follow(id).await;
    assert_eq!(lines, ["tick 0", "tick 1", "tick 2", "last"]);
    assert_eq!(end, json!({"op": "close", "id": id, "code": 0, "signal": null}));
}

#[tokio::test]
async fn chunks_contain_the_whole_output() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["tick", "2", "1"], json!({})).await;
    assert_eq!(socket.follow(id).await.0.concat(), "tick 0\ntick 1\nlast");
    let id = socket.stream(&["print", "5000000"], json!({"lines": false})).await;
    let (chunks, _) = socket.follow(id).await;
    assert!(chunks.len() > 1 && chunks.iter().all(|chunk| chunk.len() <= 64 * 1024));
    assert_eq!(chunks.concat().len(), 5_000_000);
}

#[tokio::test]
async fn split_characters_are_put_together() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["bytes", "61", "f0", "9f", "98", "80", "ff", "62"], json!({})).await;
    assert_eq!(socket.follow(id).await.0.concat(), "a😀\u{fffd}b");
}

#[tokio::test]
async fn stderr_and_the_exit_code_are_reported() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["exit", "9"], json!({"lines": true})).await;
    assert_eq!(socket.next().await, json!({"op": "out", "id": id, "stderr": "leaving with 9"}));
    assert_eq!(socket.next().await, json!({"op": "close", "id": id, "code": 9, "signal": null}));
}

#[tokio::test]
async fn forty_streams_do_not_delay_another_call() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let mut pids = Vec::new();
    for _ in 0..40 {
        pids.extend(socket.start_runner("sleep", 1).await.1);
    }
    let start = Instant::now();
    assert_eq!(socket.exec(&["exit", "0"], json!({})).await["code"], 0);
    assert!(start.elapsed() < Duration::from_secs(5));
    drop(socket);
    crate::process::all_gone(&pids).await;
}

#[tokio::test]
async fn a_killed_stream_ends_with_close() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["flood"], json!({})).await;
    socket.next().await;
    socket.send(json!({"op": "kill", "id": id})).await;
    let (_, end) = socket.follow(id).await;
    assert_eq!((&end["op"], &end["code"]), (&json!("close"), &json!(null)), "{end}");
    // Killing a call that has ended does nothing.
    socket.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(socket.exec(&["exit", "1"], json!({})).await["code"], 1);
}
