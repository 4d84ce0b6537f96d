//! Attacks by pages, users and programs that are not the page that we opened. Each test tries one way in.

use serde_json::json;

use crate::served::Served;
use crate::web::{Address as _, Socket, get, post, raw, request};

/// A server that listens on all interfaces would answer on another address of this machine.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_network_cannot_connect() {
    let served = Served::start().await;
    let port = served.port();
    assert!(tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok());
    let refused = tokio::net::TcpStream::connect(("127.0.0.2", port)).await.unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
}

/// A browser looks for a name below `localhost` at both loopback addresses. Another user of this machine must not have one.
#[tokio::test]
async fn both_loopback_addresses_belong_to_the_preview() {
    let served = Served::start().await;
    match tokio::net::TcpListener::bind((std::net::Ipv6Addr::LOCALHOST, served.port())).await {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
        // This machine has no IPv6.
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::AddrNotAvailable),
        Ok(_) => panic!("another program can listen on ::1"),
    }
}

/// An attacker's name that resolves to this machine, which makes the browser treat our responses as the attacker's own.
#[tokio::test]
async fn dns_rebinding_is_rejected() {
    let served = Served::start().await;
    let port = served.port();
    let wrong = [
        format!("evil.test:{port}"),
        format!("localhost:{port}"),
        format!("other.localhost:{port}"),
        format!("127.0.0.1:{port}"),
        "actor.localhost".to_owned(),
        "actor.localhost:1".to_owned(),
        format!("actor.localhost:{port}.evil.test"),
        format!("[::1]:{port}"),
        String::new(),
    ];
    for host in &wrong {
        for path in
            ["/", "/assets/a.js", "/__preview/client.js", "/__preview/socket", "/favicon.ico", "/none"]
        {
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            let answer = raw(&served, &request).await;
            assert_eq!(answer.status, 421, "{host} {path}");
            assert!(!answer.body.contains("__preview ="), "{host} {path}");
        }
        if !host.is_empty() {
            assert_eq!(post(&served, &served.secret(), &[("Host", host)]).await.status, 421, "{host}");
            let socket = Socket::attempt_at(&served, "/__preview/socket", host, Some(served.origin())).await;
            assert_eq!(socket.err(), Some(421), "{host}");
            let own = format!("http://{host}");
            let socket = Socket::attempt_at(&served, "/__preview/socket", host, Some(&own)).await;
            assert_eq!(socket.err(), Some(421), "{host}");
        }
    }
}

#[tokio::test]
async fn requests_with_an_ambiguous_host_are_rejected() {
    let served = Served::start().await;
    let host = served.host();
    let twice = format!("GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.test\r\nConnection: close\r\n\r\n");
    assert!(matches!(raw(&served, &twice).await.status, 400 | 421));
    let absolute = format!("GET http://evil.test/ HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    assert_eq!(raw(&served, &absolute).await.status, 421);
    let none = "GET / HTTP/1.1\r\nConnection: close\r\n\r\n";
    assert!(matches!(raw(&served, none).await.status, 400 | 421));
    let old = "GET / HTTP/1.0\r\n\r\n";
    assert!(matches!(raw(&served, old).await.status, 400 | 421 | 505));
}

/// Other sites, and other ports of this machine, which are the same site for a browser but not the same origin.
#[tokio::test]
async fn other_origins_and_ports_are_rejected() {
    let served = Served::start().await;
    let port = served.port();
    let others = [
        "http://evil.test".to_owned(),
        "null".to_owned(),
        format!("http://localhost:{port}"),
        format!("http://other.localhost:{port}"),
        format!("http://127.0.0.1:{port}"),
        format!("https://actor.localhost:{port}"),
        format!("http://actor.localhost:{}", port ^ 1),
        "http://actor.localhost".to_owned(),
        format!("{}.evil.test", served.origin()),
    ];
    for origin in &others {
        let secret = served.secret();
        assert_eq!(post(&served, &secret, &[("Origin", origin)]).await.status, 403, "{origin}");
        assert_eq!(Socket::attempt(&served, Some(origin)).await.err(), Some(403), "{origin}");
        for path in ["/", "/assets/a.js", "/__preview/client.js"] {
            assert_eq!(get(&served, path, &[("Origin", origin)]).await.status, 403, "{origin} {path}");
        }
        // The rejected request has not used up the secret.
        assert_eq!(post(&served, &secret, &[]).await.status, 200);
    }
}

/// The headers that a browser sends for `<script>`, `<img>` and `<iframe>` of other pages, which have no origin.
#[tokio::test]
async fn other_pages_cannot_include_our_files() {
    let served = Served::start().await;
    for site in ["cross-site", "same-site", "x"] {
        for (mode, destination) in
            [("no-cors", "script"), ("no-cors", "image"), ("navigate", "iframe"), ("cors", "empty")]
        {
            let headers =
                [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination)];
            for path in ["/", "/__preview/client.js", "/assets/a.js"] {
                assert_eq!(get(&served, path, &headers).await.status, 403, "{site} {destination} {path}");
            }
        }
        assert_eq!(post(&served, &served.secret(), &[("Sec-Fetch-Site", site)]).await.status, 403);
    }
    // Following a link shows the page, and does nothing else.
    let link =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")];
    assert_eq!(get(&served, "/", &link).await.status, 200);
}

/// A worker would outlive its page, and could answer for a later one.
#[tokio::test]
async fn service_workers_are_rejected() {
    let served = Served::start().await;
    for path in ["/assets/a.js", "/", "/__preview/client.js"] {
        let worker = [
            ("Service-Worker", "script"),
            ("Sec-Fetch-Site", "same-origin"),
            ("Sec-Fetch-Dest", "serviceworker"),
        ];
        let answer = get(&served, path, &worker).await;
        assert_eq!(answer.status, 403, "{path}");
        assert_eq!(get(&served, path, &worker[1..2]).await.status, 200, "{path}");
    }
}

/// Requests that a browser lets any page send without a preflight request.
#[tokio::test]
async fn simple_requests_are_rejected() {
    let served = Served::start().await;
    let secret = served.secret();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "", "application/jsonp"]
    {
        let status = post(&served, &secret, &[("Content-Type", kind)]).await.status;
        assert_eq!(status, 415, "{kind}");
    }
    assert_eq!(post(&served, &secret, &[("X-Preview", "")]).await.status, 403);
    assert_eq!(post(&served, &secret, &[("Origin", "")]).await.status, 403);
    // Preflight requests are never allowed.
    for path in ["/__preview/launch", "/", "/__preview/socket"] {
        let asked = [
            ("Origin", "http://evil.test"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "x-preview,content-type"),
        ];
        let answer = request(&served, "OPTIONS", path, &asked).await;
        assert!(answer.status >= 400 && !answer.head.contains("access-control-"), "{}", answer.head);
    }
    for method in ["GET", "PUT", "DELETE", "PATCH"] {
        let status =
            request(&served, method, "/__preview/launch", &[("Origin", served.origin())]).await.status;
        assert_eq!(status, 405, "{method}");
    }
    for method in ["POST", "PUT", "DELETE", "TRACE", "OPTIONS"] {
        assert_eq!(request(&served, method, "/", &[]).await.status, 405, "{method}");
    }
    assert_eq!(post(&served, &secret, &[]).await.status, 200);
}

/// A page of another origin can open a socket without a preflight request; another program can omit the origin.
#[tokio::test]
async fn a_websocket_without_origin_is_rejected() {
    let served = Served::start().await;
    assert_eq!(Socket::attempt(&served, None).await.err(), Some(403));
    assert_eq!(Socket::attempt(&served, Some("")).await.err(), Some(403));
    assert_eq!(Socket::attempt_at(&served, "/", served.host(), Some(served.origin())).await.err(), Some(200));
}

/// Another program on this machine can forge every header, but has no token.
#[tokio::test]
async fn a_local_process_without_a_token_is_rejected() {
    let served = Served::start().await;
    let token = served.token().await;
    let wrong = [
        "",
        "0",
        &"0".repeat(64),
        &token[1..],
        &token.to_uppercase().replace(char::is_alphabetic, "0"),
        &served.secret(),
    ];
    for wrong in wrong {
        let mut socket = Socket::connect(&served).await;
        socket.send(json!({"op": "hello", "token": wrong})).await;
        assert_eq!(socket.closed().await, 4401, "{wrong:?}");
    }
    // Nothing that it can read contains a token.
    let page = get(&served, "/", &[]).await;
    assert!(!page.body.contains(&token));
}

#[tokio::test]
async fn a_socket_with_a_wrong_first_message_is_closed() {
    let served = Served::start().await;
    let exec = json!({"op": "exec", "id": 1, "cli": "host", "cmd": "actor", "args": ["print", "1"]});
    for first in [
        exec.to_string(),
        json!({"op": "hello"}).to_string(),
        json!({"op": "kill", "id": 1}).to_string(),
        String::new(),
        "[".repeat(10_000),
    ] {
        let mut socket = Socket::connect(&served).await;
        socket.send_text(first.clone()).await.unwrap();
        assert_eq!(socket.closed().await, 4400, "{first:.100}");
    }
}

#[tokio::test]
async fn a_socket_that_violates_the_protocol_is_closed() {
    let served = Served::start().await;
    for message in [
        json!({"op": "hello", "token": "again"}),
        json!({"op": "sudo"}),
        json!(1),
        json!({"op": "exec", "id": -1}),
    ] {
        let mut socket = served.open().await;
        socket.send(message.clone()).await;
        assert_eq!(socket.closed().await, 4400, "{message}");
    }
    let mut socket = served.open().await;
    socket.start_runner("sleep", 1).await;
    socket.send(json!({"op": "exec", "id": 1, "cli": "host", "cmd": "actor", "args": []})).await;
    assert_eq!(socket.closed().await, 4400, "an id that is in use");
}

#[tokio::test]
async fn path_traversal_finds_nothing() {
    let served = Served::start().await;
    let paths = [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%2f..%2fsecret.txt",
        "/%252e%252e%252fsecret.txt",
        "//etc/passwd",
        "/%2fetc%2fpasswd",
        "/etc/passwd",
        "/C:/Windows/win.ini",
        "/index.html%00.js",
        "/assets/%ff",
        "/ui/index.html",
        "/preview/0/host/actor",
    ];
    for path in paths {
        let answer = get(&served, path, &[]).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.body.contains("secret") && !answer.body.contains("root:"), "{path}");
    }
}

#[tokio::test]
async fn unlisted_names_do_not_run() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let absolute = crate::served::actor().to_string();
    for name in [
        "",
        ".",
        "..",
        "sh",
        "/bin/sh",
        "../../bin/sh",
        "./actor",
        "unlisted",
        "ACTOR.EXE",
        "actor/",
        "actor ",
        "sub/actor",
        "..\\actor",
        "actor\0",
        &absolute,
    ] {
        for op in ["exec", "stream"] {
            socket.start(op, &[], json!({"cmd": name})).await;
            let answer = socket.next().await;
            assert_eq!(answer["op"], "failed", "{name:?}: {answer}");
        }
    }
    assert_eq!(socket.exec(&["exit", "0"], json!({})).await["code"], 0);
}

#[tokio::test]
async fn variables_that_are_not_allowed_are_rejected() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    for name in [
        "LD_PRELOAD",
        "LD_LIBRARY_PATH",
        "DYLD_INSERT_LIBRARIES",
        "PATH",
        "Path",
        "NODE_OPTIONS",
        "BASH_ENV",
        "PYTHONPATH",
        "GIT_SSH_COMMAND",
        "LUA_INIT",
        "PSModulePath",
        "npm_config_script_shell",
        "OTHER",
        "",
        "A=B",
        "A\0",
    ] {
        for op in ["exec", "stream"] {
            socket.start(op, &["env", "A"], json!({"env": {name: "x"}})).await;
            let answer = socket.next().await;
            assert_eq!(answer["op"], "failed", "{name:?}: {answer}");
            let message = answer["message"].as_str().unwrap();
            assert!(message.contains(name.trim_end_matches('\0')), "{message}");
        }
    }
}

#[tokio::test]
async fn folders_outside_the_project_are_rejected() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    #[cfg(unix)]
    std::os::unix::fs::symlink("/", served.root.join("link")).unwrap();
    for cwd in ["/", "..", "ui/../..", "link", "none", "secret.txt", "a\0b"] {
        let answer = socket.exec(&["cwd"], json!({"cwd": cwd})).await;
        assert_eq!(answer["op"], "failed", "{cwd:?}: {answer}");
    }
}

#[tokio::test]
async fn nul_in_arguments_is_rejected() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    let answer = socket.exec(&["args", "a\0b"], json!({})).await;
    assert!(answer["message"].as_str().unwrap().contains("NUL"), "{answer}");
}

/// Variables that cargo sets, which include secrets of the author.
#[tokio::test]
async fn programs_do_not_get_the_variables_of_cargo() {
    let served = Served::start().await;
    let mut socket = served.open().await;
    assert!(std::env::var("CARGO_MANIFEST_DIR").is_ok(), "cargo has set its variables for this test");
    let answer = socket.exec(&["env", "CARGO_MANIFEST_DIR", "CARGO", "LD_LIBRARY_PATH"], json!({})).await;
    assert_eq!(answer["stdout"], "CARGO_MANIFEST_DIR=None\nCARGO=None\nLD_LIBRARY_PATH=None\n");
}
