//! Raw HTTP requests, valid or not, and the socket as a page uses it.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Nothing in these tests takes this long unless it hangs.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(30);

/// The address of a preview.
pub(crate) trait Address {
    /// The header `Host`.
    fn host(&self) -> &str;
    /// The header `Origin`.
    fn origin(&self) -> &str;

    fn port(&self) -> u16;

    /// Connects without asking the system for the name, as browsers do.
    async fn connect(&self) -> TcpStream {
        TcpStream::connect((Ipv4Addr::LOCALHOST, self.port())).await.unwrap()
    }
}

pub(crate) struct Answer {
    pub status: u16,
    /// In lower case.
    pub head: String,
    pub body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }
}

/// Sends bytes, and reads until the server closes the connection.
pub(crate) async fn raw(served: &impl Address, request: &str) -> Answer {
    let mut stream = served.connect().await;
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    let read =
        timeout(TIMEOUT, stream.read_to_end(&mut bytes)).await.expect("the server closes the connection");
    // A server that has not read everything resets the connection. What it sent before that counts.
    let _ = read;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// Sends a request with the correct `Host` and some other headers.
pub(crate) async fn request(
    served: &impl Address,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
) -> Answer {
    let mut all = vec![("Host", served.host()), ("Connection", "close")];
    all.extend(headers);
    let lines: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    raw(served, &format!("{method} {path} HTTP/1.1\r\n{lines}\r\n")).await
}

pub(crate) async fn get(served: &impl Address, path: &str, headers: &[(&str, &str)]) -> Answer {
    request(served, "GET", path, headers).await
}

/// Sends a launch as the page does. `headers` replace the usual ones; those with an empty value are left out.
pub(crate) async fn post(served: &impl Address, secret: &str, headers: &[(&str, &str)]) -> Answer {
    let body = json!({"launch": secret}).to_string();
    let length = body.len().to_string();
    let mut all = vec![
        ("Host", served.host()),
        ("Connection", "close"),
        ("Origin", served.origin()),
        ("Content-Type", "application/json"),
        ("Content-Length", &length),
        ("X-Preview", "1"),
        ("Sec-Fetch-Site", "same-origin"),
    ];
    all.retain(|(name, _)| !headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name)));
    all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
    let lines: String = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    raw(served, &format!("POST /__preview/launch HTTP/1.1\r\n{lines}\r\n{body}")).await
}

/// Exchanges a launch secret for a token, as the page does.
pub(crate) async fn launch(served: &impl Address, secret: &str) -> String {
    let answer = post(served, secret, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    body["token"].as_str().unwrap().to_owned()
}

pub(crate) struct Socket {
    inner: WebSocketStream<TcpStream>,
    last_id: u64,
}

impl Socket {
    pub(crate) async fn connect(served: &impl Address) -> Self {
        Self::attempt(served, Some(served.origin())).await.unwrap()
    }

    /// Connects, and sends the token.
    pub(crate) async fn open(served: &impl Address, token: &str) -> Self {
        let mut socket = Self::connect(served).await;
        socket.send(json!({"op": "hello", "token": token})).await;
        assert_eq!(socket.next().await["op"], "welcome");
        socket
    }

    /// Tries to connect. Returns the HTTP status if the server rejects it.
    pub(crate) async fn attempt(served: &impl Address, origin: Option<&str>) -> Result<Self, u16> {
        Self::attempt_at(served, "/__preview/socket", served.host(), origin).await
    }

    pub(crate) async fn attempt_at(
        served: &impl Address,
        path: &str,
        host: &str,
        origin: Option<&str>,
    ) -> Result<Self, u16> {
        let stream = served.connect().await;
        let mut request = format!("ws://{host}{path}").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", HeaderValue::from_str(origin).unwrap());
        }
        match client_async(request, stream).await {
            Ok((inner, _)) => Ok(Self { inner, last_id: 0 }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(_) => Err(0),
        }
    }

    pub(crate) async fn send(&mut self, message: Value) {
        self.send_text(message.to_string()).await.unwrap();
    }

    pub(crate) async fn send_text(&mut self, text: String) -> Result<(), Error> {
        self.inner.send(Message::text(text)).await
    }

    /// The next message. Panics if the socket closes instead.
    pub(crate) async fn next(&mut self) -> Value {
        match timeout(TIMEOUT, self.inner.next()).await.expect("a message arrives") {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("not a message: {other:?}"),
        }
    }

    /// A message that arrives within this time, if any. For cases where none should.
    pub(crate) async fn nothing_for(&mut self, time: Duration) -> Option<String> {
        timeout(time, self.inner.next()).await.ok().map(|message| format!("{message:?}"))
    }

    /// The code with which the server closes the socket; 0 if it disconnects without one.
    pub(crate) async fn closed(&mut self) -> u16 {
        loop {
            match timeout(TIMEOUT, self.inner.next()).await.expect("the socket closes") {
                Some(Ok(Message::Close(frame))) => return frame.map_or(0, |frame| frame.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return 0,
            }
        }
    }

    /// Starts a call of the actor. `more` is added to the message.
    pub(crate) async fn start(&mut self, op: &str, args: &[&str], more: Value) -> u64 {
        self.last_id += 1;
        let mut message = json!({"op": op, "id": self.last_id, "cli": "host", "cmd": "actor", "args": args});
        for (name, value) in more.as_object().into_iter().flatten() {
            message[name] = value.clone();
        }
        self.send(message).await;
        self.last_id
    }

    /// Runs a plain exec, and returns its answer. Skips warnings.
    pub(crate) async fn exec(&mut self, args: &[&str], more: Value) -> Value {
        self.start("exec", args, more).await;
        loop {
            let answer = self.next().await;
            if answer["op"] != "warning" {
                return answer;
            }
        }
    }

    pub(crate) async fn stream(&mut self, args: &[&str], more: Value) -> u64 {
        self.start("stream", args, more).await
    }

    /// Reads one stream until it ends. Returns what it printed, and the last message.
    pub(crate) async fn follow(&mut self, id: u64) -> (Vec<String>, Value) {
        let mut printed = Vec::new();
        loop {
            let answer = self.next().await;
            assert_eq!(answer["id"], id, "{answer}");
            match answer["stdout"].as_str() {
                Some(text) => printed.push(text.to_owned()),
                None => return (printed, answer),
            }
        }
    }

    /// Starts a program that runs until it is ended, and reads the `count` process ids that it prints.
    pub(crate) async fn start_runner(&mut self, action: &str, count: usize) -> (u64, Vec<u32>) {
        let id = self.stream(&[action], json!({"lines": true})).await;
        let mut pids = Vec::new();
        while pids.len() < count {
            pids.push(self.next().await["stdout"].as_str().expect("a process id").parse().unwrap());
        }
        (id, pids)
    }
}
