//! No process is left behind.

use serde_json::json;

use crate::process::{all_gone, runs};
use crate::served::Served;

#[tokio::test]
async fn closing_a_stream_ends_its_process_tree() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (id, pids) = socket.start_runner("tree", 3).await;
    assert!(pids.iter().all(|pid| runs(*pid)), "{pids:?}");
    socket.send(json!({"op": "kill", "id": id})).await;
    all_gone(&pids).await;
}

#[tokio::test]
async fn closing_a_tab_ends_its_process_trees() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (_, pids) = socket.start_runner("tree", 3).await;
    drop(socket);
    all_gone(&pids).await;
}

#[tokio::test]
async fn the_end_of_the_preview_ends_all_programs_and_tells_the_page() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (_, pids) = socket.start_runner("tree", 3).await;
    served.app.ending.send_replace(true);
    assert_eq!(socket.closed().await, 1001);
    all_gone(&pids).await;
}

/// A program that ends and leaves another one running in the background, without any pipe.
#[tokio::test]
async fn background_processes_of_a_program_end_with_it() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["leave"], json!({})).await;
    let pid = answer["stdout"].as_str().unwrap().trim().parse().unwrap();
    all_gone(&[pid]).await;
}

/// The same, but the background process still has the pipes: as in Node.js, the stream goes on until it ends.
#[tokio::test]
async fn a_stream_lasts_until_its_pipes_are_closed() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let (id, pids) = socket.start_runner("leave-open", 2).await;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(runs(pids[0]));
    socket.send(json!({"op": "kill", "id": id})).await;
    assert_eq!(socket.next().await["op"], "close");
    all_gone(&pids).await;
}
