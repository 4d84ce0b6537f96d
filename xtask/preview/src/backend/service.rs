//! One request of `extension.vm.service`: to the backend over its socket, or to an address of this machine.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use axum::body::{Body, to_bytes};
use axum::http::Uri;
use camino::Utf8Path;
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// The limit for an answer, in bytes.
const LARGEST: usize = 16 * 1024 * 1024;
/// The proxy of Rancher Desktop gives up after this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request of a page.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// An object is sent as JSON, a text as it is.
    pub(crate) data: Option<Value>,
}

impl Request {
    /// Whether it is for an address, and not for the backend.
    pub(crate) fn is_absolute(&self) -> bool {
        self.url.contains("://")
    }

    fn line(&self) -> String {
        format!("{} {}", self.method, self.url)
    }
}

/// Sends the request to the backend. The answer is `{"status", "body"}`: the body is parsed as JSON if it can be. If nothing
/// listens, it is `{"status": 502, "body": "connect ECONNREFUSED …"}`, with the words of the HTTP client of Node.js.
///
/// Fails on an invalid request, on an answer that is too large, and if there is none in time.
pub(crate) async fn send(socket: &Utf8Path, request: Request) -> Result<Value> {
    let path = format!("/{}", request.url.trim_start_matches('/'));
    let line = request.line();
    within(&line, async {
        match connect(socket).await? {
            Ok(stream) => exchange(stream, "localhost", &path, request).await,
            Err(error) => Ok(unconnected(&error, socket.as_str())),
        }
    })
    .await
}

/// Sends the request to its absolute address, and answers like [`send`]. Desktops fetch any address; here it has to be a port of
/// this machine that the compose file publishes, so that a page cannot reach other servers of the author.
pub(crate) async fn fetch(ports: &[u16], request: Request) -> Result<Value> {
    let line = request.line();
    let uri: Uri = request.url.parse().with_context(|| format!("{line}: it is not an address"))?;
    let host = uri.host().unwrap_or_default().to_owned();
    let port = uri.port_u16().unwrap_or(80);
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host.as_str());
    if uri.scheme_str() != Some("http") || !is_here || !ports.contains(&port) {
        bail!(
            "{line}: the preview calls the backend, and ports of this machine that the compose file publishes\n\
             help: use a relative address such as /report, or publish the port"
        );
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
    within(&line, async {
        match TcpStream::connect((host.trim_matches(['[', ']']), port)).await {
            Ok(stream) => exchange(stream, &format!("{host}:{port}"), &path, request).await,
            Err(error) => Ok(unconnected(&error, &format!("{host}:{port}"))),
        }
    })
    .await
}

async fn within(line: &str, answer: impl Future<Output = Result<Value>>) -> Result<Value> {
    match timeout(PATIENCE, answer).await {
        Ok(answer) => answer.with_context(|| format!("cannot call {line}")),
        Err(_) => bail!("there is no answer to {line} within {} s", PATIENCE.as_secs()),
    }
}

#[cfg(unix)]
async fn connect(socket: &Utf8Path) -> Result<io::Result<tokio::net::UnixStream>> {
    Ok(tokio::net::UnixStream::connect(socket).await)
}

#[cfg(not(unix))]
async fn connect(_: &Utf8Path) -> Result<io::Result<TcpStream>> {
    bail!(
        "the preview runs backends on macOS and Linux only\nhelp: install the extension in Docker Desktop to try it"
    )
}

fn unconnected(error: &io::Error, place: &str) -> Value {
    let name = if error.kind() == io::ErrorKind::NotFound { "ENOENT" } else { "ECONNREFUSED" };
    json!({ "status": 502, "body": format!("connect {name} {place}") })
}

async fn exchange<S>(stream: S, host: &str, path: &str, request: Request) -> Result<Value>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer, or with its error, which the request reports.
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(message(request, host, path)?).await?;
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), LARGEST)
        .await
        .context("the answer is too large or incomplete")?;
    connection.abort();
    let text = String::from_utf8_lossy(&body);
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
    Ok(json!({ "status": status, "body": body }))
}

fn message(request: Request, host: &str, path: &str) -> Result<axum::http::Request<Body>> {
    let mut builder = axum::http::Request::builder().method(request.method.to_uppercase().as_str()).uri(path);
    builder = builder.header("host", host);
    for (name, value) in &request.headers {
        builder = builder.header(name, value);
    }
    let is_json = matches!(&request.data, Some(Value::Object(_) | Value::Array(_)));
    if is_json && !request.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type")) {
        builder = builder.header("content-type", "application/json");
    }
    let body = match request.data {
        None | Some(Value::Null) => Body::empty(),
        Some(Value::String(text)) => Body::from(text),
        Some(data) => Body::from(data.to_string()),
    };
    Ok(builder.body(body)?)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use axum::Router;
    use axum::extract::Request as Received;
    use axum::http::StatusCode;
    use axum::routing::{any, get};

    fn request(method: &str, url: &str, data: Option<Value>) -> Request {
        Request { method: method.to_owned(), url: url.to_owned(), headers: BTreeMap::new(), data }
    }

    #[tokio::test]
    async fn answers_have_their_status_and_their_body() {
        let folder = tempfile::tempdir().unwrap();
        let socket = Utf8Path::from_path(folder.path()).unwrap().join("s");
        let echo = any(|received: Received| async move {
            let kind = received.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
            let method = received.method().to_string();
            let body = axum::body::to_bytes(received.into_body(), 1000).await.unwrap();
            axum::Json(json!([method, kind, String::from_utf8_lossy(&body)]))
        });
        let app = Router::new()
            .route("/echo", echo)
            .route("/text", get(|| async { "plain" }))
            .route("/bad", get(|| async { (StatusCode::IM_A_TEAPOT, "no") }));
        let listener = tokio::net::UnixListener::bind(&socket).unwrap();
        tokio::spawn(axum::serve(listener, app).into_future());
        let ask =
            async |method: &str, url: &str, data| send(&socket, request(method, url, data)).await.unwrap();
        assert_eq!(ask("get", "/text", None).await, json!({ "status": 200, "body": "plain" }));
        assert_eq!(ask("get", "bad", None).await, json!({ "status": 418, "body": "no" }));
        let posted = ask("post", "/echo", Some(json!({ "a": 1 }))).await;
        assert_eq!(posted["body"], json!(["POST", "application/json", "{\"a\":1}"]));
        let put = ask("put", "/echo", Some(json!("text"))).await;
        assert_eq!(put["body"], json!(["PUT", null, "text"]));
    }

    #[tokio::test]
    async fn a_call_before_anything_listens_fails_like_in_a_desktop() {
        let answer = send("/nowhere/s".into(), request("get", "/", None)).await.unwrap();
        assert_eq!(answer, json!({ "status": 502, "body": "connect ENOENT /nowhere/s" }));
    }

    #[tokio::test]
    async fn an_absolute_address_is_a_published_port_of_this_machine() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let app = Router::new().route("/a", get(|uri: Uri| async move { uri.to_string() }));
        tokio::spawn(axum::serve(listener, app).into_future());
        let ask = async |url: &str| fetch(&[port, 1], request("get", url, None)).await;
        let answer = ask(&format!("http://127.0.0.1:{port}/a?b=c")).await.unwrap();
        assert_eq!(answer, json!({ "status": 200, "body": "/a?b=c" }));
        let closed = ask("http://localhost:1/").await.unwrap();
        assert_eq!(closed, json!({ "status": 502, "body": "connect ECONNREFUSED localhost:1" }));
        for url in [
            "http://example.org/",
            "https://localhost:1/",
            "http://localhost:2/",
            "http://localhost.evil.test:1/",
            "http://localhost:1@evil.test/",
            "://",
        ] {
            assert!(ask(url).await.is_err(), "{url}");
        }
    }
}
