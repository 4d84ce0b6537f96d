//! Docker, where this machine has it: its command, and lists as Docker's engine gives them.
//!
//! The engine is reached through `docker system dial-stdio`, which joins us to whatever engine the author's context
//! names: a socket, a named pipe, a remote machine.

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
use tokio::process::Command;
use tokio::time::timeout;

use crate::app::App;
use crate::call::environment;
use crate::socket::message::What;
use crate::tree::Tree;

/// An engine far away takes its time.
const PATIENCE: Duration = Duration::from_secs(20);
/// Of an answer.
const LONGEST: usize = 32 * 1024 * 1024;
/// What a page may ask for: the parameters of the engine's two lists.
const OPTIONS: &[&str] = &["all", "limit", "size", "filters", "digests", "shared-size"];

/// Whether this machine has a docker command.
pub fn is_here() -> bool {
    which::which("docker").is_ok()
}

/// The docker command. Fails where there is none.
pub fn command() -> Result<Command> {
    let path = which::which("docker").context(
        "there is no docker command on this machine: install Docker to try what the page does with it",
    )?;
    Ok(Command::new(path))
}

/// Asks the engine for its containers or images.
pub async fn list(app: &App, what: What, options: &Map<String, Value>) -> Result<Value> {
    let path = address(what, options)?;
    let _place = app.place()?;
    let mut command = command()?;
    environment::apply(&mut command, &BTreeMap::new());
    command.args(["system", "dial-stdio"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut tree = Tree::spawn(command, &app.warden).await.context("docker does not start")?;
    let mut stderr = tree.take_stderr();
    let answer =
        timeout(PATIENCE, ask(&mut tree, &path)).await.context("Docker's engine does not answer").flatten();
    let ended = tree.end().await;
    match answer {
        Ok(answer) => Ok(answer),
        Err(error) => {
            drop(ended);
            let mut said = String::new();
            if let Some(stderr) = &mut stderr {
                let _ = timeout(Duration::from_secs(1), stderr.read_to_string(&mut said)).await;
            }
            let said = said.trim();
            bail!("{error:#}{}{said}", if said.is_empty() { "" } else { "\n" })
        }
    }
}

/// One request, over the pipes of `docker system dial-stdio`.
async fn ask(tree: &mut Tree, path: &str) -> Result<Value> {
    let (Some(stdin), Some(stdout)) = (tree.take_stdin(), tree.take_stdout()) else {
        bail!("docker has no pipes")
    };
    let pipes = TokioIo::new(tokio::io::join(stdout, stdin));
    let unreachable = "Docker's engine cannot be asked: start it";
    let (mut sender, connection) = hyper::client::conn::http1::handshake(pipes).await.context(unreachable)?;
    let connection = tokio::spawn(connection);
    let request = Request::get(path).header("host", "docker").body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await.context(unreachable)?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LONGEST).collect().await;
    connection.abort();
    let Ok(body) = body else { bail!("the answer of Docker's engine cannot be read") };
    let value: Value =
        serde_json::from_slice(&body.to_bytes()).context("the answer of Docker's engine is no JSON")?;
    if !status.is_success() {
        bail!("Docker's engine says: {}", value["message"].as_str().unwrap_or(status.as_str()));
    }
    Ok(value)
}

/// The path of the request. Fails on options that the engine does not have.
fn address(what: What, options: &Map<String, Value>) -> Result<String> {
    let list = match what {
        What::Containers => "/containers/json",
        What::Images => "/images/json",
    };
    let mut parameters = Vec::new();
    for (name, value) in options {
        if !OPTIONS.contains(&name.as_str()) {
            bail!("Docker's engine has no option {name}; it has {}", OPTIONS.join(", "));
        }
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        parameters.push(format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)));
    }
    Ok(match parameters.is_empty() {
        true => list.to_owned(),
        false => format!("{list}?{}", parameters.join("&")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn path(what: What, options: Value) -> Result<String> {
        address(what, options.as_object().unwrap())
    }

    #[test]
    fn options_become_parameters_of_the_engine() {
        assert_eq!(path(What::Images, json!({})).unwrap(), "/images/json");
        let options = json!({"all": true, "filters": {"status": ["running"]}});
        let expected = "/containers/json?all=true&filters=%7B%22status%22%3A%5B%22running%22%5D%7D";
        assert_eq!(path(What::Containers, options).unwrap(), expected);
        let text = json!({"filters": "{\"a\":[\"b&c d\"]}"});
        assert!(path(What::Images, text).unwrap().ends_with("b%26c%20d%22%5D%7D"));
    }

    #[test]
    fn other_options_are_refused() {
        let error = path(What::Images, json!({"x HTTP/1.1\r\n": 1})).unwrap_err().to_string();
        assert!(error.contains("filters"), "{error}");
    }
}
