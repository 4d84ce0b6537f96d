//! The docker command of this machine, and lists from the Docker Engine.
//!
//! The engine is reached through `docker system dial-stdio`, which connects to whatever engine the author's context names:
//! a Unix socket, a named pipe or a remote machine.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};
use tokio::io::AsyncReadExt as _;
use tokio::process::{ChildStderr, Command};
use tokio::time::timeout;

use super::environment;
use crate::app::App;
use crate::protocol::ListKind;
use crate::tree::Tree;

/// Long enough for a remote engine.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Bytes of a response.
const MAX_RESPONSE: usize = 32 * 1024 * 1024;
/// The parameters of the engine's two lists that a page may set.
const OPTIONS: &[&str] = &["all", "limit", "size", "filters", "digests", "shared-size"];

/// True if this machine has a docker command.
pub(crate) fn is_installed() -> bool {
    which::which("docker").is_ok()
}

/// The docker command. Fails if it is not installed.
pub(super) fn command() -> Result<Command> {
    let path = which::which("docker").ok().context(
        "cannot find a docker command on this machine\nhelp: install Docker to try what the UI does with it",
    )?;
    Ok(Command::new(path))
}

/// The engine's list of containers or images, as its API returns it.
pub(crate) async fn list(app: &App, kind: ListKind, options: &Map<String, Value>) -> Result<Value> {
    let path = request_path(kind, options)?;
    let _slot = app.program_slot()?;
    let mut command = command()?;
    environment::apply(&mut command, &BTreeMap::new());
    command.args(["system", "dial-stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tree = Tree::spawn(command, &app.watchdog).await.context("cannot start docker")?;
    let stderr = tree.take_stderr();
    let response = timeout(TIMEOUT, request(&mut tree, &path)).await;
    let response = response.context("the Docker Engine does not answer").flatten();
    let _ = tree.end().await;
    match response {
        Ok(list) => Ok(list),
        Err(error) => match printed(stderr).await.trim() {
            "" => Err(error),
            printed => bail!("{error:#}\n{printed}"),
        },
    }
}

/// What docker wrote to standard error before it ended.
async fn printed(stderr: Option<ChildStderr>) -> String {
    let mut text = String::new();
    if let Some(mut stderr) = stderr {
        let _ = timeout(Duration::from_secs(1), stderr.read_to_string(&mut text)).await;
    }
    text
}

/// Sends one request over the pipes of `docker system dial-stdio`.
async fn request(tree: &mut Tree, path: &str) -> Result<Value> {
    let (Some(stdin), Some(stdout)) = (tree.take_stdin(), tree.take_stdout()) else {
        bail!("docker has no pipes")
    };
    let pipes = TokioIo::new(tokio::io::join(stdout, stdin));
    let unreachable = "cannot reach the Docker Engine; is it running?";
    let (mut sender, connection) = hyper::client::conn::http1::handshake(pipes).await.context(unreachable)?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path).header("host", "docker").body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await.context(unreachable)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_RESPONSE).collect().await;
    connection.abort();
    let Ok(body) = body else { bail!("cannot read the response of the Docker Engine") };
    let value: Value =
        serde_json::from_slice(&body.to_bytes()).context("the response of the Docker Engine is not JSON")?;
    if !status.is_success() {
        let message = value["message"].as_str().unwrap_or(status.as_str());
        bail!("the Docker Engine reports an error: {message}");
    }
    Ok(value)
}

/// The path and query of the request. Fails for options that the engine does not have.
fn request_path(kind: ListKind, options: &Map<String, Value>) -> Result<String> {
    let path = match kind {
        ListKind::Containers => "/containers/json",
        ListKind::Images => "/images/json",
    };
    let mut parameters = Vec::new();
    for (name, value) in options {
        if !OPTIONS.contains(&name.as_str()) {
            bail!("unknown list option `{name}`\nhelp: use one of {}", OPTIONS.join(", "));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        parameters.push(format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)));
    }
    let query = if parameters.is_empty() { String::new() } else { format!("?{}", parameters.join("&")) };
    Ok(format!("{path}{query}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(kind: ListKind, options: Value) -> Result<String> {
        request_path(kind, options.as_object().unwrap())
    }

    #[test]
    fn options_become_query_parameters() {
        assert_eq!(path(ListKind::Images, json!({})).unwrap(), "/images/json");
        let options = json!({"all": true, "filters": {"status": ["running"]}});
        let expected = "/containers/json?all=true&filters=%7B%22status%22%3A%5B%22running%22%5D%7D";
        assert_eq!(path(ListKind::Containers, options).unwrap(), expected);
        let text = json!({"filters": "{\"a\":[\"b&c d\"]}"});
        assert!(path(ListKind::Images, text).unwrap().ends_with("b%26c%20d%22%5D%7D"));
    }

    #[test]
    fn unknown_options_are_rejected() {
        let error = path(ListKind::Images, json!({"x HTTP/1.1\r\n": 1})).unwrap_err().to_string();
        assert!(error.contains("filters"), "{error}");
    }
}
