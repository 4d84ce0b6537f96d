//! A streamed exec: output as it comes.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::served::Served;

#[tokio::test]
async fn lines_come_one_by_one_and_at_once_and_the_last_needs_no_end() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    // The next line is an hour away: had the first been held back, it would not come.
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
async fn chunks_are_everything_that_was_printed() {
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
async fn a_character_that_comes_in_pieces_is_whole() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["bytes", "61", "f0", "9f", "98", "80", "ff", "62"], json!({})).await;
    assert_eq!(socket.follow(id).await.0.concat(), "a😀\u{fffd}b");
}

#[tokio::test]
async fn errors_come_on_their_own_pipe_with_the_exit_code() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["exit", "9"], json!({"lines": true})).await;
    assert_eq!(socket.next().await, json!({"op": "out", "id": id, "stderr": "leaving with 9"}));
    assert_eq!(socket.next().await, json!({"op": "close", "id": id, "code": 9, "signal": null}));
}

#[tokio::test]
async fn forty_at_once_do_not_hold_each_other_back() {
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
async fn a_stream_that_is_closed_says_so_last() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let id = socket.stream(&["flood"], json!({})).await;
    socket.next().await;
    socket.send(json!({"op": "kill", "id": id})).await;
    let (_, end) = socket.follow(id).await;
    assert_eq!((&end["op"], &end["code"]), (&json!("close"), &json!(null)), "{end}");
    // What is not running any more can be closed again.
    socket.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(socket.exec(&["exit", "1"], json!({})).await["code"], 1);
}
