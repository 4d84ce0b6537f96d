//! The messages of the socket, as PROTOCOL.md describes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The number that a page gives to one of its calls.
pub(crate) type Id = u64;

/// A message from the page.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) enum PageMessage {
    Hello {
        token: String,
    },
    Exec {
        id: Id,
        cli: Cli,
        cmd: String,
        args: Vec<String>,
        cwd: Option<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
    },
    Stream {
        id: Id,
        cli: Cli,
        cmd: String,
        args: Vec<String>,
        cwd: Option<String>,
        #[serde(default)]
        env: BTreeMap<String, String>,
        #[serde(default)]
        lines: bool,
    },
    Kill {
        id: Id,
    },
    List {
        id: Id,
        what: ListKind,
        #[serde(default)]
        options: Map<String, Value>,
    },
    Service {
        id: Id,
        method: String,
        url: String,
        #[serde(default)]
        headers: BTreeMap<String, String>,
        #[serde(default)]
        data: Option<Value>,
    },
    Note {
        kind: NoteKind,
        #[serde(default)]
        detail: Map<String, Value>,
    },
}

/// The part of an invalid call that can still be read. It is enough to reject this call and keep the others.
#[derive(Debug, Deserialize)]
pub(crate) struct UnreadableCall {
    #[serde(rename = "op")]
    _op: CallOp,
    pub(crate) id: Id,
}

/// The messages that expect an answer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CallOp {
    Exec,
    Stream,
    List,
    Service,
}

/// What kind of command to run: a host binary, docker, or one in the backend container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Cli {
    Host,
    Docker,
    Vm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ListKind {
    Containers,
    Images,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NoteKind {
    Toast,
    Navigate,
    OpenExternal,
    Dialog,
}

/// A message to the page.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(crate) enum ServerMessage {
    Welcome,
    Result {
        id: Id,
        cmd: String,
        code: Option<i32>,
        signal: Option<&'static str>,
        killed: bool,
        stdout: String,
        stderr: String,
    },
    Out {
        id: Id,
        #[serde(flatten)]
        output: Output,
    },
    Close {
        id: Id,
        code: Option<i32>,
        signal: Option<&'static str>,
    },
    Failed {
        id: Id,
        message: String,
    },
    Value {
        id: Id,
        value: Value,
    },
    Warning {
        text: String,
    },
    Reload,
}

/// A piece of a program's output.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Output {
    Stdout(String),
    Stderr(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_match_the_protocol() {
        let message = ServerMessage::Out { id: 7, output: Output::Stdout("a".into()) };
        assert_eq!(serde_json::to_string(&message).unwrap(), r#"{"op":"out","id":7,"stdout":"a"}"#);
        assert_eq!(serde_json::to_string(&ServerMessage::Reload).unwrap(), r#"{"op":"reload"}"#);
        let exec = r#"{"op":"exec","id":1,"cli":"host","cmd":"x","args":[]}"#;
        assert!(matches!(serde_json::from_str(exec), Ok(PageMessage::Exec { id: 1, cli: Cli::Host, .. })));
        let note = r#"{"op":"note","kind":"open-external","detail":{"url":"https://example.org"}}"#;
        assert!(matches!(
            serde_json::from_str(note),
            Ok(PageMessage::Note { kind: NoteKind::OpenExternal, .. })
        ));
        for wrong in ["{}", r#"{"op":"sudo"}"#, r#"{"op":"kill","id":-1}"#, r#"{"op":"kill","id":1,"x":1}"#] {
            assert!(serde_json::from_str::<PageMessage>(wrong).is_err(), "{wrong}");
            assert!(serde_json::from_str::<UnreadableCall>(wrong).is_err(), "{wrong}");
        }
        let half = r#"{"op":"exec","id":7,"cli":"host","cmd":"x","args":["\ud800"]}"#;
        assert!(serde_json::from_str::<PageMessage>(half).is_err());
        assert_eq!(serde_json::from_str::<UnreadableCall>(half).unwrap().id, 7);
    }
}
