//! Edits of JSON that keep its order and style: indentation, spaces, and one line or several.

use std::ops::Range;

use crate::json::{Member, Node};
use crate::text::{Edit, indent};

/// Takes members or elements out. `items` are the ranges of all of them, `gone` says which go.
pub fn remove(items: &[Range<usize>], gone: impl Fn(usize) -> bool) -> Vec<Edit> {
    let mut kept_before = None;
    let mut edits: Vec<Edit> = vec![];
    for (number, item) in items.iter().enumerate() {
        if !gone(number) {
            kept_before = Some(number);
            continue;
        }
        // With its comma: the one before it, or where nothing stays before it, the one behind.
        let range = match (kept_before, items.get(number + 1)) {
            (Some(_), _) => items[number - 1].end..item.end,
            (None, Some(next)) => item.start..next.start,
            (None, None) => item.clone(),
        };
        match edits.last_mut().filter(|last| last.range.end == range.start) {
            Some(last) => last.range.end = range.end,
            None => edits.push(Edit::new(range, "")),
        }
    }
    edits
}

/// Takes out the members whose keys are named.
pub fn remove_keys(object: &Node, gone: impl Fn(&str) -> bool) -> Vec<Edit> {
    let members = object.members();
    let ranges: Vec<_> = members.iter().map(|member| member.key_span.start..member.node.span.end).collect();
    remove(&ranges, |number| gone(&members[number].key))
}

/// Adds a member at the end of an object.
pub fn add_member(text: &str, object: &Node, key: &str, value: &str) -> Edit {
    let last = object.members().last();
    let colon = last.map_or(": ", |Member { key_span, node, .. }| &text[key_span.end..node.span.start]);
    let colon = if colon.contains('\n') { ": " } else { colon };
    let item = last.map(|member| member.key_span.start..member.node.span.end);
    add(text, object, item, &format!("{}{colon}{value}", quote(key)))
}

/// Adds an element at the end of a list.
pub fn add_element(text: &str, list: &Node, value: &str) -> Edit {
    add(text, list, list.as_array().and_then(<[Node]>::last).map(|node| node.span.clone()), value)
}

/// Behind the last item, on a line of its own where the last one has one.
fn add(text: &str, parent: &Node, last: Option<Range<usize>>, item: &str) -> Edit {
    let Some(last) = last else {
        return Edit::new(parent.span.start + 1..parent.span.start + 1, item);
    };
    let own_line =
        text[parent.span.start..last.start].rsplit(',').next().is_some_and(|before| before.contains('\n'));
    let gap = if own_line { format!(",\n{}", indent(text, last.start)) } else { ", ".to_owned() };
    Edit::new(last.end..last.end, gap + item)
}

/// A text as JSON.
pub fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json;
    use crate::text::apply;

    fn edited(text: &str, edit: impl Fn(&Node) -> Vec<Edit>) -> String {
        apply(text, edit(&json::parse(text).unwrap()))
    }

    #[test]
    fn style_is_kept() {
        let add = |text| edited(text, |node| vec![add_member(text, node, "z", "[]")]);
        assert_eq!(add("{}"), "{\"z\": []}");
        assert_eq!(add("{ \"a\": 1 }"), "{ \"a\": 1, \"z\": [] }");
        assert_eq!(add("{\"a\":1}"), "{\"a\":1, \"z\":[]}");
        assert_eq!(add("{\n\t\"a\": 1\n}\n"), "{\n\t\"a\": 1,\n\t\"z\": []\n}\n");
        let element = |text| edited(text, |node| vec![add_element(text, node, "9")]);
        assert_eq!(
            (element("[]"), element("[1]"), element("[\n  1,\n  2\n]")),
            ("[9]".into(), "[1, 9]".into(), "[\n  1,\n  2,\n  9\n]".into())
        );
        let gone = |text| edited(text, |node| remove_keys(node, |key| key == "b"));
        assert_eq!(gone("{\n  \"a\": 1,\n  \"b\": 2,\n  \"c\": 3\n}"), "{\n  \"a\": 1,\n  \"c\": 3\n}");
        assert_eq!(gone("{\n  \"b\": 2,\n  \"c\": 3\n}"), "{\n  \"c\": 3\n}");
    }

    proptest! {
        #[test]
        fn what_stays_stays(kept in prop::collection::vec(any::<bool>(), 0..6), pretty: bool) {
            let value: serde_json::Value =
                kept.iter().enumerate().map(|(number, _)| (number.to_string(), serde_json::json!([number]))).collect::<serde_json::Map<_, _>>().into();
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let edited = edited(&text, |node| remove_keys(node, |key| !kept[key.parse::<usize>().unwrap()]));
            let left: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&edited).unwrap();
            let expected: Vec<_> = kept.iter().enumerate().filter(|(_, kept)| **kept).map(|(number, _)| number.to_string()).collect();
            prop_assert_eq!(left.keys().cloned().collect::<Vec<_>>(), expected);
        }
    }
}
