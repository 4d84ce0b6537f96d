//! The backend of a project, compiled by the real cargo and called by a page.

#![cfg(unix)]

use std::fs;

use serde_json::{Value, json};

use crate::process::{all_gone, runs};
use crate::project::Project;
use crate::web::Socket;

/// A server that answers every request with its version and its process id, and crashes on request.
const SERVER_RS: &str = r#"
use std::io::{BufRead, BufReader, Write};
fn main() {
    let socket = std::env::var("SIXFOLD_SOCKET").unwrap();
    let listener = std::os::unix::net::UnixListener::bind(socket).unwrap();
    for stream in listener.incoming() {
        let mut stream = stream.unwrap();
        let mut line = String::new();
        BufReader::new(&stream).read_line(&mut line).unwrap();
        if line.contains("/crash") {
            std::process::exit(3);
        }
        let body = format!("{{\"version\": \"ONE\", \"pid\": {}}}", std::process::id());
        let length = body.len();
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}").unwrap();
    }
}
"#;

fn with_backend() -> Project {
    let project = Project::new();
    fs::create_dir_all(project.root.join("server/src")).unwrap();
    project.write(
        "server/Cargo.toml",
        "[package]\nname = \"server\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    project.write("server/src/main.rs", SERVER_RS);
    let tables =
        "[workspace.metadata.extension.backend]\nbin = \"server\"\n[workspace]\nmembers = [\"server\"]\n";
    project.edit_file("Cargo.toml", "[workspace]\n", tables);
    project
}

async fn call(socket: &mut Socket, url: &str) -> Value {
    let message = json!({"op": "service", "id": 90, "method": "get", "url": url});
    socket.send(message).await;
    socket.next().await
}

#[tokio::test]
async fn the_backend_is_rebuilt_after_an_edit_and_ends_with_the_preview() {
    let project = with_backend();
    let started = project.start().await;
    let mut socket = started.open().await;
    let first = call(&mut socket, "/").await;
    assert_eq!(
        (&first["op"], &first["value"]["body"]["version"]),
        (&json!("value"), &json!("ONE")),
        "{first}"
    );
    let old = u32::try_from(first["value"]["body"]["pid"].as_u64().unwrap()).unwrap();
    assert!(runs(old));
    assert_eq!(call(&mut socket, "/").await["value"]["body"]["pid"], old, "it is not started for every call");

    project.edit_file("server/src/main.rs", "ONE", "TWO");
    let second = call(&mut socket, "/").await;
    assert_eq!(second["value"]["body"]["version"], "TWO", "{second}");
    all_gone(&[old]).await;

    project.edit_file("server/src/main.rs", "fn main", "fn main_is_missing");
    let broken = call(&mut socket, "/").await;
    let message = broken["message"].as_str().unwrap_or_else(|| panic!("{broken}"));
    assert!(message.contains("the crate `server` does not compile"), "{message}");

    let new = u32::try_from(second["value"]["body"]["pid"].as_u64().unwrap()).unwrap();
    drop(socket);
    started.into_stderr().await;
    all_gone(&[new]).await;
}

#[tokio::test]
async fn a_crashed_backend_is_started_again_and_the_page_learns_why() {
    let project = with_backend();
    let started = project.start().await;
    let mut socket = started.open().await;
    let first = call(&mut socket, "/").await;
    let crashed = call(&mut socket, "/crash").await;
    assert_eq!(crashed["op"], "failed", "{crashed}");
    let warning = call(&mut socket, "/").await;
    assert_eq!(warning["op"], "warning", "{warning}");
    assert!(warning["text"].as_str().unwrap().contains("the backend ended with exit status: 3"), "{warning}");
    let again = socket.next().await;
    assert_eq!(again["value"]["body"]["version"], "ONE", "{again}");
    assert_ne!(again["value"]["body"]["pid"], first["value"]["body"]["pid"]);
}
