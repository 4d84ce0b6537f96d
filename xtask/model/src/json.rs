//! Strict JSON with the place of every value, and edits that keep the author's formatting.
//!
//! `serde_json` reads the text first, and its errors are the errors that are reported: no comments, no trailing commas,
//! and at most 128 levels of nesting, so that a hostile text cannot overflow the stack. `jsonc-parser` then supplies
//! the places.

use std::ops::Range;

use jsonc_parser::ast::{Object, ObjectProp, Value};
use jsonc_parser::common::Ranged;
use jsonc_parser::cst::{CstInputValue, CstNode, CstObject, CstRootNode};
use jsonc_parser::{ParseOptions, parse_to_ast};

use crate::text::{Edit, offset};

/// Why a text is not JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// In bytes.
    pub(crate) offset: usize,
    pub(crate) message: String,
}

/// Parses a text. Fails exactly when serde_json does.
pub(crate) fn parse(text: &str) -> Result<Value<'_>, SyntaxError> {
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(&*message, |(message, _)| message).to_owned();
        return Err(SyntaxError { offset: offset(text, error.line(), error.column()), message });
    }
    let parsed = parse_to_ast(text, &Default::default(), &strict())
        .map_err(|error| SyntaxError { offset: error.range().start, message: error.kind().to_string() })?;
    parsed.value.ok_or(SyntaxError { offset: 0, message: "expected value".into() })
}

/// No extension of JSON is allowed.
fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// The value of a member. If a key occurs several times, the last one wins, as in JavaScript and Go.
pub(crate) fn member<'v, 'a>(object: &'v Object<'a>, key: &str) -> Option<&'v Value<'a>> {
    object.properties.iter().rev().find(|member| name(member) == key).map(|member| &member.value)
}

/// The key of a member.
pub(crate) fn name<'v>(member: &'v ObjectProp<'_>) -> &'v str {
    member.name.as_str()
}

/// The text of a string.
pub(crate) fn string<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.as_string_lit().map(|string| &*string.value)
}

/// The elements of an array; none for other values.
pub(crate) fn elements<'v, 'a>(value: &'v Value<'a>) -> &'v [Value<'a>] {
    value.as_array().map_or(&[], |array| &array.elements)
}

/// The value that a path of keys leads to.
pub(crate) fn lookup<'v, 'a>(root: &'v Value<'a>, keys: &[&str]) -> Option<&'v Value<'a>> {
    keys.iter().try_fold(root, |value, key| member(value.as_object()?, key))
}

/// Where a value or a member is, in bytes. A member includes its key.
pub(crate) fn span(node: &impl Ranged) -> Range<usize> {
    node.start()..node.end()
}

/// A text as a JSON string, with quotes.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One change of a JSON text. Places are byte ranges as [`span`] returns them; values are JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Removes a member or an element.
    Remove(Range<usize>),
    /// Replaces a value.
    Replace(Range<usize>, String),
    /// Adds a member at the end of an object.
    AddMember { object: Range<usize>, key: String, value: String },
    /// Adds an element at the end of an array.
    AddElement { array: Range<usize>, value: String },
}

impl Change {
    /// The change as an edit of the text. `None` if there is nothing at its place that can be changed like this.
    pub(crate) fn edit(&self, text: &str) -> Option<Edit> {
        let changed = changed(text, std::slice::from_ref(self))?;
        let start = text.bytes().zip(changed.bytes()).take_while(|(old, new)| old == new).count();
        let start = (0..=start).rev().find(|at| text.is_char_boundary(*at))?;
        let (old, new) = (text.get(start..)?, changed.get(start..)?);
        let common: usize = old
            .chars()
            .rev()
            .zip(new.chars().rev())
            .take_while(|(old, new)| old == new)
            .map(|(c, _)| c.len_utf8())
            .sum();
        Some(Edit::new(start..text.len() - common, new.get(..new.len() - common)?))
    }
}

/// The text with all changes. `None` if it is not JSON, or if one of the places does not exist.
pub(crate) fn changed(text: &str, changes: &[Change]) -> Option<String> {
    let root = CstRootNode::parse(text, &strict()).ok()?;
    // All places are looked up before the first change moves them.
    let nodes: Vec<_> = changes.iter().map(|change| find(root.children(), 0, change.place())).collect();
    for (change, node) in changes.iter().zip(nodes) {
        change.apply(node?)?;
    }
    Some(root.to_string())
}

impl Change {
    fn place(&self) -> &Range<usize> {
        match self {
            Self::Remove(place) | Self::Replace(place, _) => place,
            Self::AddMember { object, .. } => object,
            Self::AddElement { array, .. } => array,
        }
    }

    fn apply(&self, node: CstNode) -> Option<()> {
        match self {
            Self::Remove(_) => node.remove(),
            Self::Replace(_, value) => drop(node.as_string_lit()?.replace_with(raw(value))),
            Self::AddMember { key, value, .. } => add_member(node.as_object()?, key, value)?,
            Self::AddElement { value, .. } => drop(node.as_array()?.append(raw(value))),
        }
        Some(())
    }
}

/// The tree would break an object in one line into several lines, so this one is written here.
fn add_member(object: CstObject, key: &str, value: &str) -> Option<()> {
    let text = object.to_string();
    if text.contains('\n') {
        object.append(key, raw(value));
        return Some(());
    }
    let (members, end) = text.strip_suffix('}').map(|text| text.split_at(text.trim_end().len()))?;
    let comma = if members == "{" { "" } else { ", " };
    object.replace_with(raw(&format!("{members}{comma}{}: {value}{end}}}", quote(key))));
    Some(())
}

/// A hack: the tree writes numbers as they are given, and everything else in its own multi-line style. This keeps
/// `{ "path": "/x" }` on one line.
fn raw(value: &str) -> CstInputValue {
    CstInputValue::Number(value.to_owned())
}

/// The node at a place. The nodes of the tree do not know where they are, so their lengths are added up.
fn find(nodes: Vec<CstNode>, mut start: usize, place: &Range<usize>) -> Option<CstNode> {
    for node in nodes {
        let end = start + node.to_string().len();
        if (start..end) == *place {
            return Some(node);
        }
        if start <= place.start && place.end <= end {
            return find(node.children(), start, place);
        }
        start = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{apply, line_column};
    use proptest::prelude::*;

    fn plain(value: &Value<'_>, text: &str) -> serde_json::Value {
        match value {
            Value::Object(object) => object
                .properties
                .iter()
                .map(|member| (name(member).to_owned(), plain(&member.value, text)))
                .collect(),
            Value::Array(_) => elements(value).iter().map(|value| plain(value, text)).collect(),
            Value::StringLit(string) => string.value.clone().into_owned().into(),
            _ => serde_json::from_str(&text[span(value)]).unwrap(),
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
        fn any_text_is_read_or_refused_as_by_serde_json(text in "([{}\\[\\],:\"\\\\ 1a]|ä|.){0,40}") {
            prop_assert_eq!(parse(&text).is_ok(), serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }

        #[test]
        fn removing_members_keeps_the_others(kept in prop::collection::vec(any::<bool>(), 0..6), pretty: bool) {
            let value: serde_json::Value =
                kept.iter().enumerate().map(|(number, _)| (number.to_string(), serde_json::json!([number]))).collect::<serde_json::Map<_, _>>().into();
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let gone = |text: &str| removed(text, |key| !kept[key.parse::<usize>().unwrap()]);
            let expected: Vec<_> = kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(number, _)| number.to_string()).collect();
            let keys = |text: &str| {
                let left: serde_json::Map<String, serde_json::Value> = serde_json::from_str(text).unwrap();
                left.keys().cloned().collect::<Vec<_>>()
            };
            prop_assert_eq!(keys(&changed(&text, &gone(&text)).unwrap()), expected.clone());
            // The same with one edit of the text for each, made until none is left.
            let mut edited = text;
            while let [change, ..] = gone(&edited).as_slice() {
                edited = apply(&edited, vec![change.edit(&edited).unwrap()]);
            }
            prop_assert_eq!(keys(&edited), expected);
        }

        #[test]
        fn a_change_of_any_place_is_no_panic(text in "([{}\\[\\],:\" 1]|\"ä\"){0,20}", start in 0usize..20, end in 0usize..20) {
            let _ = Change::Remove(start..end).edit(&text);
            let _ = Change::Replace(start..end, "1".into()).edit(&text);
            let _ = Change::AddElement { array: start..end, value: "1".into() }.edit(&text);
        }
    }

    fn removed(text: &str, gone: impl Fn(&str) -> bool) -> Vec<Change> {
        let root = parse(text).unwrap();
        let members = root.as_object().unwrap().properties.iter();
        members.filter(|member| gone(name(member))).map(|member| Change::Remove(span(member))).collect()
    }

    fn edited(text: &str, change: impl Fn(Range<usize>) -> Change) -> String {
        let change = change(span(&parse(text).unwrap()));
        apply(text, vec![change.edit(text).unwrap()])
    }

    #[test]
    fn values_and_errors_have_a_place() {
        let text = "{\n  \"a\": [\"x\", 1]\n}";
        let root = parse(text).unwrap();
        assert_eq!(&text[span(&root.as_object().unwrap().properties[0].name)], "\"a\"");
        assert_eq!(&text[span(&elements(lookup(&root, &["a"]).unwrap())[1])], "1");
        for (text, place, message) in [
            ("{\n  \"a\": x}", (2, 8), "expected value"),
            ("{\n  \"a\": 1,\n}", (3, 1), "trailing comma"),
            ("// x\n1", (1, 1), "expected value"),
            ("[1,]", (1, 4), "trailing comma"),
        ] {
            let error = parse(text).unwrap_err();
            assert_eq!((line_column(text, error.offset), error.message.as_str()), (place, message), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_an_error_and_no_overflow() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let text = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
            assert_eq!(parse(&text).unwrap_err().message, "recursion limit exceeded");
            assert_eq!(changed(&text, &[]), None);
        }
    }

    #[test]
    fn edits_keep_the_formatting() {
        let add =
            |text| edited(text, |object| Change::AddMember { object, key: "z".into(), value: "[]".into() });
        assert_eq!(add("{}"), "{\"z\": []}");
        assert_eq!(add("{\"a\":1}"), "{\"a\":1, \"z\": []}");
        assert_eq!(add("{ \"a\": 1 }"), "{ \"a\": 1, \"z\": [] }");
        assert_eq!(add("{\n\t\"a\": 1\n}\n"), "{\n\t\"a\": 1,\n\t\"z\": []\n}\n");
        let element = |text| edited(text, |array| Change::AddElement { array, value: "9".into() });
        assert_eq!(
            (element("[]"), element("[1]"), element("[\n  1,\n  2\n]")),
            ("[9]".into(), "[1, 9]".into(), "[\n  1,\n  2,\n  9\n]".into())
        );
        assert_eq!(edited(" \"ä\" ", |place| Change::Replace(place, "\"ö\"".into())), " \"ö\" ");
        let gone = |text: &str| changed(text, &removed(text, |key| key == "b")).unwrap();
        assert_eq!(gone("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}"), "{\n  \"a\": 1,\n  \"c\": 3\n}");
        assert_eq!(gone("{\n  \"b\": 2,\n  \"c\": 3\n}"), "{\n  \"c\": 3\n}");
    }
}
