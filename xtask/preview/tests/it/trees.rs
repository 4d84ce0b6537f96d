//! No process stays behind.

use serde_json::json;

use crate::process::{all_gone, runs};
use crate::served::Served;

#[tokio::test]
async fn closing_a_stream_ends_all_that_it_started() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (id, pids) = socket.start_runner("tree", 3).await;
    assert!(pids.iter().all(|pid| runs(*pid)), "{pids:?}");
    socket.send(json!({"op": "kill", "id": id})).await;
    all_gone(&pids).await;
}

#[tokio::test]
async fn a_closed_tab_ends_all_that_it_started() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (_, pids) = socket.start_runner("tree", 3).await;
    drop(socket);
    all_gone(&pids).await;
}

#[tokio::test]
async fn the_end_of_the_preview_ends_all_and_says_why() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (_, pids) = socket.start_runner("tree", 3).await;
    served.app.ending.send_replace(true);
    assert_eq!(socket.closed().await, 1001);
    all_gone(&pids).await;
}

/// A program that ends and leaves another one running in the background, with nothing to print to.
#[tokio::test]
async fn what_a_program_leaves_in_its_group_ends_with_it() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["leave"], json!({})).await;
    let pid = answer["stdout"].as_str().unwrap().trim().parse().unwrap();
    all_gone(&[pid]).await;
}

/// One that leaves a program which still prints: the stream goes on until that ends, as Node has it.
#[tokio::test]
async fn a_stream_lasts_as_long_as_somebody_can_print() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (id, pids) = socket.start_runner("leave-open", 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(runs(pids[0]));
    socket.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(socket.next().await["op"], "close");
    all_gone(&pids).await;
}
