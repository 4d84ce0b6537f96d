//! One request to the backend over its socket, as `extension.vm.service` sends it.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use camino::Utf8Path;
use serde_json::Value;
#[cfg(unix)]
use serde_json::json;
use tokio::time::timeout;

/// The limit for an answer, in bytes.
#[cfg(unix)]
const LARGEST: usize = 16 * 1024 * 1024;
/// The proxy of Rancher Desktop gives up after this time.
const PATIENCE: Duration = Duration::from_secs(60);

/// A request of a page.
#[derive(Debug)]
#[cfg_attr(not(unix), expect(dead_code, reason = "the preview sends none on Windows"))]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: BTreeMap<String, String>,
    /// An object is sent as JSON, a text as it is.
    pub(crate) data: Option<Value>,
}

/// Sends the request. The answer is `{"status", "body"}`: the body is parsed as JSON if it can be. If nothing listens, it is
/// `{"status": 502, "body": "connect ECONNREFUSED …"}`, with the words of the HTTP client of Node.js.
///
/// Fails on an invalid request, on an answer that is too large, and if there is none in time.
pub(crate) async fn send(socket: &Utf8Path, request: Request) -> Result<Value> {
    let line = format!("{} {}", request.method, request.url);
    ensure!(
        !request.url.contains("://"),
        "{line}: the preview calls the backend only\nhelp: use a relative address such as /report, or `fetch`"
    );
    let answer = timeout(PATIENCE, exchange(socket, request)).await;
    match answer {
        Ok(answer) => answer.with_context(|| format!("cannot call {line} of the backend")),
        Err(_) => bail!("the backend does not answer {line} within {} s", PATIENCE.as_secs()),
    }
}

#[cfg(unix)]
async fn exchange(socket: &Utf8Path, request: Request) -> Result<Value> {
    use axum::body::{Body, to_bytes};
    use hyper_util::rt::TokioIo;
    let stream = match tokio::net::UnixStream::connect(socket).await {
        Ok(stream) => stream,
        Err(error) => {
            let name = if error.kind() == std::io::ErrorKind::NotFound { "ENOENT" } else { "ECONNREFUSED" };
            return Ok(json!({ "status": 502, "body": format!("connect {name} {socket}") }));
        }
    };
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    // It ends with the answer, or with its error, which the request reports.
    let connection = tokio::spawn(connection);
    let answer = sender.send_request(message(request)?).await?;
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), LARGEST)
        .await
        .context("the answer is too large or incomplete")?;
    connection.abort();
    let text = String::from_utf8_lossy(&body);
    let body = serde_json::from_str(&text).unwrap_or_else(|_| Value::String(text.into_owned()));
    Ok(json!({ "status": status, "body": body }))
}

#[cfg(not(unix))]
async fn exchange(_: &Utf8Path, _: Request) -> Result<Value> {
    bail!(
        "the preview runs backends on macOS and Linux only\nhelp: install the extension in Docker Desktop to try it"
    )
}

#[cfg(unix)]
fn message(request: Request) -> Result<axum::http::Request<axum::body::Body>> {
    use axum::body::Body;
    let path = format!("/{}", request.url.trim_start_matches('/'));
    let mut builder = axum::http::Request::builder().method(request.method.to_uppercase().as_str()).uri(path);
    builder = builder.header("host", "localhost");
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
        let error = send("/nowhere/s".into(), request("get", "http://example.org/", None)).await.unwrap_err();
        assert!(error.to_string().contains("the preview calls the backend only"), "{error}");
    }
}
