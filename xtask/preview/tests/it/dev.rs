//! `--dev`: the UI comes from a dev server. It must work as it does alone, and must not weaken the preview.

use camino::Utf8Path;
use futures_util::{SinkExt as _, StreamExt as _};
use sixfold_base::process::watchdog::Watchdog;
use sixfold_model::values::{CommandLine, LoopbackUrl};
use sixfold_preview::limits::Limits;
use sixfold_preview::ui::dev_server::DevServer;
use sixfold_preview::ui::{Proxy, UiSource};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::served::Served;
use crate::web::{Address as _, Socket, get};

const PAGE: &str =
    "<!doctype html><html><head></head><script type=\"module\">import \"/@react-refresh\"</script></html>";

/// Answers every request with the request itself, except `/` and sockets. Gives access to everyone, as a dev server may.
async fn open_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    address
}

async fn serve(mut stream: TcpStream) {
    let mut head = vec![0; 4096];
    let length = stream.peek(&mut head).await.unwrap();
    let text = String::from_utf8_lossy(&head[..length]).into_owned();
    if text.to_ascii_lowercase().contains("upgrade: websocket") {
        let mut socket = accept_async(stream).await.unwrap();
        while let Some(Ok(message @ Message::Text(_))) = socket.next().await {
            socket.send(message).await.unwrap();
        }
        return;
    }
    let _ = stream.read(&mut head).await;
    let (kind, body) =
        if text.starts_with("GET / ") { ("text/html", PAGE.to_owned()) } else { ("text/javascript", text) };
    let open = "Access-Control-Allow-Origin: *\r\nSet-Cookie: a=b\r\nCross-Origin-Resource-Policy: cross-origin\r\nCache-Control: max-age=9";
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{open}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(answer.as_bytes()).await;
}

async fn served() -> (Served, String) {
    let server = open_server().await;
    let page = UiSource::DevServer(Proxy::new(server.clone(), server.parse().unwrap()));
    (Served::build(Limits::default(), Some(page)).await, server)
}

#[tokio::test]
async fn the_html_of_the_server_gets_our_scripts() {
    let (served, _) = served().await;
    let page = get(&served, "/", &[("Accept-Encoding", "gzip")]).await;
    let nonce =
        page.header("content-security-policy").unwrap().split("'nonce-").nth(1).unwrap()[..64].to_owned();
    assert!(
        page.body.contains(&format!("<head><script nonce=\"{nonce}\">window.__preview")),
        "{}",
        page.body
    );
    assert!(
        page.body.contains(&format!("<script nonce=\"{nonce}\" type=\"module\">import")),
        "{}",
        page.body
    );
    assert_eq!(page.header("content-length").unwrap(), page.body.len().to_string());
}

#[tokio::test]
async fn the_server_receives_requests_of_its_own_origin_without_cookies() {
    let (served, server) = served().await;
    let path = "/src/main.tsx?t=1&x=%2f..%2f";
    let seen =
        get(&served, path, &[("Origin", served.origin()), ("Cookie", "a=b")]).await.body.to_ascii_lowercase();
    assert!(seen.starts_with(&format!("get {path} http/1.1")), "{seen}");
    assert!(
        seen.contains(&format!("host: {server}")) && seen.contains(&format!("origin: http://{server}")),
        "{seen}"
    );
    assert!(!seen.contains("cookie") && !seen.contains("accept-encoding"), "{seen}");
}

#[tokio::test]
async fn the_server_receives_no_hop_by_hop_headers() {
    let (served, _) = served().await;
    let headers = [
        ("Content-Length", "90"),
        ("TE", "trailers"),
        ("Trailer", "x"),
        ("Expect", "100-continue"),
        ("Keep-Alive", "timeout=9"),
        ("Proxy-Authorization", "x"),
    ];
    let seen = get(&served, "/a.js", &headers).await.body.to_ascii_lowercase();
    assert!(seen.starts_with("get /a.js"), "{seen}");
    for (name, _) in headers {
        assert!(!seen.contains(&format!("\n{}:", name.to_ascii_lowercase())), "{seen}");
    }
    let chunked = get(&served, "/a.js", &[("Transfer-Encoding", "chunked")]).await.body.to_ascii_lowercase();
    assert!(chunked.starts_with("get /a.js") && !chunked.contains("transfer-encoding"), "{chunked}");
}

/// A program that already listens on the port must not be shown as the UI.
#[tokio::test]
async fn a_port_that_is_in_use_is_an_error() {
    let server = open_server().await;
    let line = CommandLine::try_from("cargo --version".to_owned()).unwrap();
    let url = LoopbackUrl::try_from(format!("http://{server}")).unwrap();
    let started = DevServer::start(Utf8Path::new("."), &line, &url, &Watchdog::default()).await;
    let error = started.err().expect("it is an error").to_string();
    assert!(error.contains("answers") && error.contains("already"), "{error}");
}

/// A port that nothing listens on.
#[cfg(any(target_os = "linux", target_os = "macos"))]
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
async fn start_dev_server(action: &str, port: u16) -> anyhow::Result<std::net::SocketAddr> {
    let line = CommandLine::try_from(format!("'{}' {action} {port}", crate::served::actor())).unwrap();
    let url = LoopbackUrl::try_from(format!("http://127.0.0.1:{port}")).unwrap();
    let started = DevServer::start(Utf8Path::new("."), &line, &url, &Watchdog::default()).await;
    started.map(|(_server, address)| address)
}

/// A program that takes the port after the preview has found it free, while the dev server is starting.
#[cfg(any(target_os = "linux", target_os = "macos"))]
#[tokio::test]
async fn a_program_that_takes_the_port_first_is_an_error() {
    let port = free_port().await;
    let other = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        loop {
            let _ = listener.accept().await;
        }
    });
    let error = start_dev_server("sleep", port).await.unwrap_err().to_string();
    assert!(error.contains("another program answers") && error.contains("dev-url"), "{error}");
    other.abort();
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
#[tokio::test]
async fn a_dev_server_may_run_in_a_child_process() {
    for action in ["listen", "start-listener"] {
        let port = free_port().await;
        assert_eq!(start_dev_server(action, port).await.unwrap().port(), port, "{action}");
    }
}

/// A name can have two addresses, of which the server uses one. The other one, which anyone may take, is never contacted.
#[tokio::test]
async fn the_name_is_not_resolved_again() {
    let server = open_server().await;
    let name = "unknown.invalid:1".to_owned();
    let page = UiSource::DevServer(Proxy::new(name.clone(), server.parse().unwrap()));
    let served = Served::build(Limits::default(), Some(page)).await;
    let seen = get(&served, "/a.js", &[]).await.body.to_ascii_lowercase();
    assert!(seen.contains(&format!("host: {name}")), "{seen}");
}

#[tokio::test]
async fn an_open_server_does_not_weaken_the_preview() {
    let (served, server) = served().await;
    for path in ["/", "/a.js"] {
        let answer = get(&served, path, &[]).await;
        assert!(
            !answer.head.contains("access-control") && !answer.head.contains("set-cookie"),
            "{}",
            answer.head
        );
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        for origin in [format!("http://{server}"), "http://evil.test".to_owned()] {
            assert_eq!(get(&served, path, &[("Origin", &origin)]).await.status, 403, "{origin}");
        }
        assert_eq!(get(&served, path, &[("Sec-Fetch-Site", "same-site")]).await.status, 403);
    }
    // Its own address serves its page without our scripts.
    let mut stream = TcpStream::connect(&server).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut own = String::new();
    stream.read_to_string(&mut own).await.unwrap();
    assert!(own.ends_with(PAGE));
}

#[tokio::test]
async fn only_the_page_can_use_the_socket_of_the_server() {
    let (served, server) = served().await;
    let mut socket =
        Socket::attempt_at(&served, "/?token=hot", served.host(), Some(served.origin())).await.ok().unwrap();
    for text in ["{\"type\":\"connected\"}", "{\"type\":\"update\"}"] {
        socket.send_text(text.to_owned()).await.unwrap();
        assert_eq!(socket.next().await.to_string(), text);
    }
    for origin in [None, Some("http://evil.test".to_owned()), Some(format!("http://{server}"))] {
        let rejected = Socket::attempt_at(&served, "/?token=hot", served.host(), origin.as_deref()).await;
        assert_eq!(rejected.err(), Some(403), "{origin:?}");
    }
    assert_eq!(
        Socket::attempt_at(&served, "/", "evil.test", Some("http://evil.test")).await.err(),
        Some(421)
    );
}

#[tokio::test]
async fn a_server_that_has_ended_is_reported() {
    let page = UiSource::DevServer(Proxy::new("127.0.0.1:9".to_owned(), ([127, 0, 0, 1], 9).into()));
    let served = Served::build(Limits::default(), Some(page)).await;
    let answer = get(&served, "/", &[]).await;
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("dev server"), "{}", answer.body);
}
