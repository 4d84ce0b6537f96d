//! YAML as a tree in which each node has its place.
//!
//! Aliases are copied, so a small file can stand for a huge one. [`LARGEST`] limits the copies.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

/// The limit for the nodes of a file, with those that aliases copy.
const LARGEST: usize = 20_000;
/// The limit for nodes inside of each other.
const DEEPEST: usize = 64;

/// A place in the file: line and column, both 1-based.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct At {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
}

/// A mistake in the text, or in what it says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where it is.
    pub at: At,
    /// Completes "the file …".
    pub message: String,
}

impl Mistake {
    pub(super) fn new(at: At, message: impl Into<String>) -> Self {
        Self { at, message: message.into() }
    }
}

/// A value and its place: that of its key, if it has one.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub at: At,
    pub value: Value,
}

#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A text, a number, a boolean or null, as it is written.
    Scalar(String),
    Null,
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        if let Value::Scalar(text) = &self.value { Some(text) } else { None }
    }

    /// The value of a key, which `<<` may have merged from another map. `None` if there is none, or if it is null.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let own = |name: &str| self.entries().iter().find(|(other, _)| other == name).map(|(_, node)| node);
        let merged = || {
            let merged = own("<<")?;
            merged.get(key).or_else(|| merged.items().iter().find_map(|map| map.get(key)))
        };
        own(key).or_else(merged).filter(|node| !matches!(node.value, Value::Null))
    }

    /// The keys and values of a map; none for another value.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        if let Value::Map(entries) = &self.value { entries } else { &[] }
    }

    /// The items of a list; none for another value.
    pub(super) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    fn count(&self) -> usize {
        let inside: usize = match &self.value {
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.count()).sum(),
            Value::Scalar(_) | Value::Null => 0,
        };
        1 + inside
    }
}

/// Reads a file with one document. `None` if the file is empty.
///
/// Fails on invalid YAML, several documents, a key that is given twice or is no text, and on too many or too deep nodes.
pub(super) fn read(text: &str) -> Result<Option<Node>, Mistake> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let at = At { line: error.marker().line(), column: error.marker().col() + 1 };
            Mistake::new(at, format!("is not YAML: {}", error.info()))
        })?;
        reader.add(event, place(&span))?;
    }
    Ok(reader.root)
}

fn place(span: &Span) -> At {
    At { line: span.start.line(), column: span.start.col() + 1 }
}

/// A list or a map that is not complete.
struct Open {
    node: Node,
    /// The key of a map that has no value yet.
    key: Option<(String, At)>,
    anchor: usize,
}

#[derive(Default)]
struct Reader {
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    count: usize,
}

impl Reader {
    fn add(&mut self, event: Event<'_>, at: At) -> Result<(), Mistake> {
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                Err(Mistake::new(at, "has several documents, and only one is read"))
            }
            Event::Scalar(text, style, anchor, _) => {
                let is_null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null");
                let value = if is_null { Value::Null } else { Value::Scalar(text.into_owned()) };
                self.place(Node { at, value }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.open(Value::List(vec![]), anchor, at),
            Event::MappingStart(anchor, _) => self.open(Value::Map(vec![]), anchor, at),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open { node, anchor, .. }) => self.place(node, anchor),
                None => Ok(()),
            },
            Event::Alias(anchor) => match self.anchors.get(&anchor).cloned() {
                Some(node) => {
                    self.add_count(node.count(), at)?;
                    self.place(node, 0)
                }
                None => Err(Mistake::new(at, "has an alias inside of its own anchor")),
            },
            _ => Ok(()),
        }
    }

    fn open(&mut self, value: Value, anchor: usize, at: At) -> Result<(), Mistake> {
        if self.open.len() >= DEEPEST {
            return Err(Mistake::new(at, format!("has more than {DEEPEST} values inside of each other")));
        }
        self.open.push(Open { node: Node { at, value }, key: None, anchor });
        Ok(())
    }

    fn add_count(&mut self, count: usize, at: At) -> Result<(), Mistake> {
        self.count = self.count.saturating_add(count);
        if self.count > LARGEST {
            return Err(Mistake::new(
                at,
                format!("has more than {LARGEST} values, with those of its aliases"),
            ));
        }
        Ok(())
    }

    /// Puts a complete node where it belongs.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Mistake> {
        self.add_count(1, node.at)?;
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        let Some(Open { node: parent, key, .. }) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match (&mut parent.value, key.take()) {
            (Value::Map(entries), Some((name, at))) => add_entry(entries, name, at, node),
            (Value::Map(_), None) => {
                let Some(name) = node.text() else {
                    return Err(Mistake::new(node.at, "has a key that is no text"));
                };
                *key = Some((name.to_owned(), node.at));
                Ok(())
            }
            (Value::List(items), _) => {
                items.push(node);
                Ok(())
            }
            (Value::Scalar(_) | Value::Null, _) => Ok(()),
        }
    }
}

fn add_entry(entries: &mut Vec<(String, Node)>, name: String, at: At, node: Node) -> Result<(), Mistake> {
    if entries.iter().any(|(other, _)| *other == name) {
        return Err(Mistake::new(at, format!("has the key `{}` twice", name.escape_debug())));
    }
    // The place of the key tells more than that of the value, which an alias may have.
    entries.push((name, Node { at, ..node }));
    Ok(())
}
