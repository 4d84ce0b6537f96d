//! Places in a text: line and column of an offset, and edits that leave everything else as it is.

use std::ops::Range;

/// Line and column of a byte offset, both 1-based, the column in characters. An offset behind the end, or inside of a
/// character, counts as the last place before it.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// The offset of a 1-based line and a 1-based column in bytes, as serde_json counts.
pub fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// The white space that the line of an offset starts with.
pub fn indent(text: &str, offset: usize) -> &str {
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    &line[..line.len() - line.trim_start_matches([' ', '\t']).len()]
}

/// Replaces a range of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub range: Range<usize>,
    pub with: String,
}

impl Edit {
    pub fn new(range: Range<usize>, with: impl Into<String>) -> Self {
        Self { range, with: with.into() }
    }
}

/// The text with all edits made. Of two that overlap or touch, the first counts: what was left out comes up again when
/// the new text is judged.
pub fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::new();
    let mut done = None;
    for Edit { range, with } in edits {
        let is_free = done.is_none_or(|done| range.start > done) && text.get(range.clone()).is_some();
        if let (true, Some(kept)) = (is_free, text.get(done.unwrap_or(0)..range.start)) {
            out.push_str(kept);
            out.push_str(&with);
            done = Some(range.end);
        }
    }
    out + &text[done.unwrap_or(0)..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters() {
        let text = "a\näöx\n";
        assert_eq!(line_column(text, 0), (1, 1));
        assert_eq!(line_column(text, text.find('x').unwrap()), (2, 3));
        assert_eq!(line_column(text, 3), (2, 1));
        assert_eq!(line_column(text, 99), (3, 1));
        assert_eq!(offset(text, 2, 5), text.find('x').unwrap());
    }

    #[test]
    fn edits_keep_the_rest() {
        let edits =
            vec![Edit::new(2..3, "X"), Edit::new(0..1, ""), Edit::new(2..4, "no"), Edit::new(9..10, "no")];
        assert_eq!(apply("abcd", edits), "bXd");
        assert_eq!(
            apply("abc", vec![Edit::new(1..1, "X"), Edit::new(1..1, "X"), Edit::new(1..2, "")]),
            "aXbc"
        );
    }

    proptest::proptest! {
        #[test]
        fn any_place_and_edit_is_taken(text in "[aä\n]{0,9}", at in 0usize..20, end in 0usize..20) {
            let (line, column) = line_column(&text, at);
            assert!(line >= 1 && column >= 1);
            apply(&text, vec![Edit::new(at..end, "x"), Edit::new(end..at, "y")]);
        }
    }
}
