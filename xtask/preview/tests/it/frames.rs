//! WebSocket frames that a browser never sends, written byte by byte (RFC 6455, section 5).

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::served::Served;
use crate::web::{Address as _, TIMEOUT};

const FINAL: u8 = 0x80;
const MASKED: u8 = 0x80;
const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;

/// A socket before its first message.
struct RawSocket(TcpStream);

impl RawSocket {
    async fn connect(served: &Served) -> Self {
        let mut stream = served.connect().await;
        let head = format!(
            "GET /__preview/socket HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
            served.host(),
            served.origin()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            answer.push(stream.read_u8().await.unwrap());
        }
        assert!(answer.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&answer));
        Self(stream)
    }

    /// A socket that has sent its token.
    async fn open(served: &Served) -> Self {
        let mut socket = Self::connect(served).await;
        let hello = json!({"op": "hello", "token": served.token().await}).to_string();
        socket.send(&frame(FINAL | TEXT, hello.as_bytes())).await;
        assert_eq!(socket.next().await, Some((TEXT, json!({"op": "welcome"}).to_string().into_bytes())));
        socket
    }

    /// The server may have closed the connection already.
    async fn send(&mut self, bytes: &[u8]) {
        let _ = self.0.write_all(bytes).await;
    }

    /// The opcode and the content of the next frame; `None` when the connection is closed.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(TIMEOUT, self.read()).await.expect("a frame arrives, or the connection is closed").ok()
    }

    async fn read(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let opcode = self.0.read_u8().await? & 0x0f;
        let length = match self.0.read_u8().await? {
            126 => self.0.read_u16().await?.into(),
            127 => self.0.read_u64().await? as usize,
            short => short.into(),
        };
        let mut content = vec![0; length];
        self.0.read_exact(&mut content).await?;
        Ok((opcode, content))
    }

    /// Reads until the server closes the connection. No call may have been answered.
    async fn until_closed(mut self) {
        while let Some((opcode, content)) = self.next().await {
            assert_ne!(opcode, TEXT, "{}", String::from_utf8_lossy(&content));
            if opcode == CLOSE {
                return;
            }
        }
    }
}

/// A frame with a mask of zeros, which leaves the content readable.
fn frame(first: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match content.len() {
        short @ 0..126 => frame.push(MASKED | short as u8),
        long => {
            frame.push(MASKED | 126);
            frame.extend((long as u16).to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(content);
    frame
}

/// A call with the number `id`.
fn call(id: u64) -> Vec<u8> {
    json!({"op": "exec", "id": id, "cli": "host", "cmd": "actor", "args": ["exit", "5"]})
        .to_string()
        .into_bytes()
}

#[tokio::test]
async fn a_message_may_come_in_fragments_with_pings_in_between() {
    let served = Served::start().await;
    let mut socket = RawSocket::open(&served).await;
    let call = call(1);
    socket.send(&frame(TEXT, &call[..10])).await;
    socket.send(&frame(FINAL | PING, b"p")).await;
    for byte in &call[10..] {
        socket.send(&frame(CONTINUATION, &[*byte])).await;
    }
    socket.send(&frame(FINAL | CONTINUATION, b"")).await;
    let mut answered = false;
    while let Some((opcode, content)) = socket.next().await {
        answered = opcode == TEXT && String::from_utf8_lossy(&content).contains("\"code\":5");
        if answered {
            break;
        }
    }
    assert!(answered);
}

#[tokio::test]
async fn frames_without_a_mask_are_rejected() {
    let served = Served::start().await;
    let mut socket = RawSocket::open(&served).await;
    let call = call(1);
    let mut unmasked = vec![FINAL | TEXT, call.len() as u8];
    assert!(call.len() < 126);
    unmasked.extend(&call);
    socket.send(&unmasked).await;
    socket.until_closed().await;
}

#[tokio::test]
async fn invalid_frames_are_rejected() {
    let served = Served::start().await;
    let call = call(1);
    let with_bad_text: Vec<u8> = call.iter().map(|byte| if *byte == b'5' { 0xff } else { *byte }).collect();
    let mut petabyte = vec![FINAL | TEXT, MASKED | 127];
    petabyte.extend((1_u64 << 50).to_be_bytes());
    petabyte.extend([0; 4]);
    let invalid = [
        ("reserved bit 1, which would mean compression", frame(FINAL | 0x40 | TEXT, &call)),
        ("reserved bit 2", frame(FINAL | 0x20 | TEXT, &call)),
        ("reserved bit 3", frame(FINAL | 0x10 | TEXT, &call)),
        ("a reserved opcode", frame(FINAL | 3, &call)),
        ("a reserved control opcode", frame(FINAL | 0x0b, b"")),
        ("a continuation of nothing", frame(FINAL | CONTINUATION, &call)),
        ("a second start", [frame(TEXT, b"{"), frame(FINAL | TEXT, &call)].concat()),
        ("a fragmented ping", frame(PING, b"p")),
        ("a long ping", frame(FINAL | PING, &[b'p'; 126])),
        ("bytes that are not UTF-8", frame(FINAL | TEXT, &with_bad_text)),
        ("a binary message", frame(FINAL | BINARY, &call)),
        ("a petabyte", petabyte),
    ];
    for (what, bytes) in invalid {
        let mut socket = RawSocket::open(&served).await;
        socket.send(&bytes).await;
        let start = std::time::Instant::now();
        socket.until_closed().await;
        assert!(start.elapsed() < std::time::Duration::from_secs(4), "{what}: only after a timeout");
    }
}

/// Each of the fragments is shorter than the limit of a message.
#[tokio::test]
async fn fragments_that_are_too_long_together_are_rejected() {
    let served = Served::start().await;
    let mut socket = RawSocket::open(&served).await;
    let part = vec![b'x'; 60_000];
    socket.send(&frame(TEXT, &part)).await;
    for _ in 0..40 {
        socket.send(&frame(CONTINUATION, &part)).await;
    }
    socket.until_closed().await;
}
