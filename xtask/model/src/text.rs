//! Places in a text, and edits that change nothing else.

use std::ops::Range;

/// Line and column of a byte offset, both 1-based, the column in characters. An offset after the end or inside of a character
/// is moved back to the last valid one.
pub fn line_column(text: &str, offset: usize) -> (usize, usize) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = text.get(..end).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// The offset of a 1-based line and a 1-based column in bytes, as serde_json counts them.
pub(crate) fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// The replacement of a part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced, in bytes.
    pub range: Range<usize>,
    /// The new text.
    pub with: String,
}

impl Edit {
    /// An edit. `range` is in bytes.
    pub fn new(range: Range<usize>, with: impl Into<String>) -> Self {
        Self { range, with: with.into() }
    }
}

/// The text after all edits. Of two edits that overlap or touch, only the first is made. The finding that the other one fixes is
/// reported again when the new text is checked.
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
    out + text.get(done.unwrap_or(0)..).unwrap_or_default()
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
    fn edits_change_nothing_else() {
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
        fn any_place_and_edit_is_accepted(text in "[aä\n]{0,9}", at in 0usize..20, end in 0usize..20) {
            let (line, column) = line_column(&text, at);
            assert!(line >= 1 && column >= 1);
            apply(&text, vec![Edit::new(at..end, "x"), Edit::new(end..at, "y")]);
        }
    }
}
