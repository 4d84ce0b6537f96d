//! The messages of the socket, as PROTOCOL.md has them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// What a page calls its call.
pub type Id = u64;

/// From the page.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
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
        what: What,
        #[serde(default)]
        options: Map<String, Value>,
    },
    Note {
        kind: Kind,
        #[serde(default)]
        detail: Map<String, Value>,
    },
}

/// What can be read of a call that is not written as [`Request`] has it: enough to refuse this one alone.
#[derive(Debug, Deserialize)]
pub struct Misread {
    #[serde(rename = "op")]
    _op: Call,
    pub id: Id,
}

/// The messages that are answered.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Call {
    Exec,
    Stream,
    List,
}

/// Whose command it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cli {
    Host,
    Docker,
    Vm,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Containers,
    Images,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    Toast,
    Navigate,
    OpenExternal,
    Dialog,
}

/// To the page.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Answer {
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
        text: Text,
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

/// A piece of what a program prints.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Text {
    Stdout(String),
    Stderr(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_as_the_protocol_has_them() {
        let out = Answer::Out { id: 7, text: Text::Stdout("a".into()) };
        assert_eq!(serde_json::to_string(&out).unwrap(), r#"{"op":"out","id":7,"stdout":"a"}"#);
        assert_eq!(serde_json::to_string(&Answer::Reload).unwrap(), r#"{"op":"reload"}"#);
        let exec = r#"{"op":"exec","id":1,"cli":"host","cmd":"x","args":[]}"#;
        assert!(matches!(serde_json::from_str(exec), Ok(Request::Exec { id: 1, cli: Cli::Host, .. })));
        let note = r#"{"op":"note","kind":"open-external","detail":{"url":"https://example.org"}}"#;
        assert!(matches!(serde_json::from_str(note), Ok(Request::Note { kind: Kind::OpenExternal, .. })));
        for wrong in ["{}", r#"{"op":"sudo"}"#, r#"{"op":"kill","id":-1}"#, r#"{"op":"kill","id":1,"x":1}"#] {
            assert!(serde_json::from_str::<Request>(wrong).is_err(), "{wrong}");
            assert!(serde_json::from_str::<Misread>(wrong).is_err(), "{wrong}");
        }
        let half = r#"{"op":"exec","id":7,"cli":"host","cmd":"x","args":["\ud800"]}"#;
        assert!(serde_json::from_str::<Request>(half).is_err());
        assert_eq!(serde_json::from_str::<Misread>(half).unwrap().id, 7);
    }
}
