//! JSON with the place of everything in it, for findings with line and column and for edits that keep an author's style.
//!
//! serde_json reads the text first, and what it refuses is refused with its words; this only walks over text that it
//! has accepted, so that both always read the same.

use std::ops::Range;

use crate::text;

/// A value and where it is, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub span: Range<usize>,
    pub value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Object(Vec<Member>),
    Array(Vec<Node>),
    Text(String),
    /// A number, `true`, `false` or `null`.
    Other,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    pub key: String,
    /// Where the key is, with its quotes.
    pub key_span: Range<usize>,
    pub node: Node,
}

impl Node {
    /// The last member of this name, which is the one that counts where there are several.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.members().iter().rev().find(|member| member.key == key).map(|member| &member.node)
    }

    /// Empty for what is no object.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    pub fn is_object(&self) -> bool {
        matches!(self.value, Value::Object(_))
    }

    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(nodes) => Some(nodes),
            _ => None,
        }
    }

    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Why a text is no JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// In bytes.
    pub offset: usize,
    pub message: String,
}

/// Reads a text. Fails on what serde_json refuses, nesting deeper than 128 among it.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let message = error.to_string();
        let message =
            message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message).to_owned();
        return Err(Mistake { offset: text::offset(text, error.line(), error.column()), message });
    }
    let mut walk = Walk { text, at: 0 };
    walk.value().ok_or(Mistake { offset: walk.at, message: "cannot be read".into() })
}

/// A place in text that is known to be JSON.
struct Walk<'a> {
    text: &'a str,
    at: usize,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Goes behind the character where it is next.
    fn take(&mut self, wanted: char) -> bool {
        self.space();
        let is_next = self.rest().starts_with(wanted);
        self.at += if is_next { wanted.len_utf8() } else { 0 };
        is_next
    }

    fn value(&mut self) -> Option<Node> {
        self.space();
        let start = self.at;
        let value = match self.rest().as_bytes().first()? {
            b'{' => self.object()?,
            b'[' => self.array()?,
            b'"' => Value::Text(self.string()?),
            _ => {
                let rest = self.rest();
                self.at += rest.find([',', ']', '}', ' ', '\t', '\r', '\n']).unwrap_or(rest.len());
                Value::Other
            }
        };
        Some(Node { span: start..self.at, value })
    }

    fn object(&mut self) -> Option<Value> {
        let mut members = vec![];
        self.take('{');
        while !self.take('}') {
            self.space();
            let start = self.at;
            let key = self.string()?;
            let key_span = start..self.at;
            self.take(':');
            members.push(Member { key, key_span, node: self.value()? });
            self.take(',');
        }
        Some(Value::Object(members))
    }

    fn array(&mut self) -> Option<Value> {
        let mut nodes = vec![];
        self.take('[');
        while !self.take(']') {
            nodes.push(self.value()?);
            self.take(',');
        }
        Some(Value::Array(nodes))
    }

    fn string(&mut self) -> Option<String> {
        let bytes = self.rest().as_bytes();
        let mut length = 1;
        while *bytes.get(length)? != b'"' {
            length += if bytes[length] == b'\\' { 2 } else { 1 };
        }
        let raw = self.rest().get(..length + 1)?;
        let string = serde_json::from_str(raw).ok()?;
        self.at += length + 1;
        Some(string)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(node: &Node, text: &str) -> serde_json::Value {
        match &node.value {
            Value::Object(members) => {
                members.iter().map(|member| (member.key.clone(), plain(&member.node, text))).collect()
            }
            Value::Array(nodes) => nodes.iter().map(|node| plain(node, text)).collect(),
            Value::Text(string) => string.clone().into(),
            Value::Other => serde_json::from_str(&text[node.span.clone()]).unwrap(),
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i32>().prop_map(Into::into),
            ".{0,6}".prop_map(Into::into),
        ];
        leaf.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
                prop::collection::btree_map("[a\"\\\\ä]{0,3}", inner, 0..4)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Value>()),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_json_reads(value in json(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
            let text = text.unwrap();
            prop_assert_eq!(plain(&parse(&text).unwrap(), &text), value);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "([{}\\[\\],:\"\\\\ 1a]|ä|.){0,40}") {
            prop_assert_eq!(parse(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }

    #[test]
    fn spans_and_mistakes_have_their_place() {
        let text = "{\n  \"a\": [\"x\", 1]\n}";
        let node = parse(text).unwrap();
        assert_eq!(&text[node.members()[0].key_span.clone()], "\"a\"");
        assert_eq!(&text[node.get("a").unwrap().as_array().unwrap()[1].span.clone()], "1");
        let mistake = parse("{\n  \"a\": x}").unwrap_err();
        assert_eq!(
            (text::line_column("{\n  \"a\": x}", mistake.offset), mistake.message.as_str()),
            ((2, 8), "expected value")
        );
        assert!(parse(&"[".repeat(100_000)).is_err());
    }
}
