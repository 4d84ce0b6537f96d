//! Errors at a place in the author's files, shown as rustc shows them: line, column and caret.

use std::ops::Range;

use anyhow::{Error, anyhow};
use camino::Utf8Path;
use toml::de::{DeTable, DeValue};

use crate::prebuilt::secrets::scrubbed_with_carets;
use crate::text::line_column;

/// A message about a place in a text, with the line and a caret. `span` is in bytes.
pub fn shown(text: &str, span: &Range<usize>, message: &str) -> String {
    let (line, column) = line_column(text, span.start);
    let quoted = text.lines().nth(line - 1).unwrap_or_default();
    let before = quoted.chars().take(column - 1);
    // A tab stays a tab, so that it is as wide as in the line above.
    let indent: String = before.map(|c| if c == '\t' { c } else { ' ' }).collect();
    let width = text.get(span.clone()).and_then(|text| text.lines().next()).unwrap_or_default();
    let carets = "^".repeat(width.chars().count().max(1));
    let margin = " ".repeat(line.to_string().len());
    format!(
        "line {line}, column {column}\n{margin} |\n{line} | {quoted}\n{margin} | {indent}{carets}\n{message}"
    )
}

/// An error about a key of the configuration in this file, with the place of the key if it is there.
pub fn wrong_key(file: &Utf8Path, keys: &[&str], message: String) -> Error {
    let text = fs_err::read_to_string(file).unwrap_or_default();
    let found = key_span(&text, keys);
    let shown = found.map_or(message.clone(), |span| scrubbed_with_carets(&shown(&text, &span, &message)));
    anyhow!(shown).context(format!("cannot use the configuration in {file}"))
}

/// The place of a key in the text of a TOML file, in bytes.
pub fn key_span(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    spans(text, keys).map(|(key, _)| key)
}

/// The place of the value of a key in the text of a TOML file, in bytes.
pub fn value_span(text: &str, keys: &[&str]) -> Option<Range<usize>> {
    spans(text, keys).map(|(_, value)| value)
}

fn spans(text: &str, keys: &[&str]) -> Option<(Range<usize>, Range<usize>)> {
    let document = DeTable::parse(text).ok()?;
    let mut table = document.get_ref();
    let (last, path) = keys.split_last()?;
    for key in path {
        let (_, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
        let DeValue::Table(inner) = value.get_ref() else { return None };
        table = inner;
    }
    table.iter().find(|(name, _)| name.get_ref() == last).map(|(name, value)| (name.span(), value.span()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_shown_with_line_and_caret() {
        let text = "[a]\n\tb = { 'ä' = 1, key = 1 }\n";
        let span = key_span(text, &["a", "b", "key"]).unwrap();
        assert_eq!(
            shown(text, &span, "is wrong"),
            "line 2, column 17\n  |\n2 | \tb = { 'ä' = 1, key = 1 }\n  | \t               ^^^\nis wrong"
        );
        assert_eq!(shown("", &(0..0), "is empty"), "line 1, column 1\n  |\n1 | \n  | ^\nis empty");
    }

    proptest::proptest! {
        #[test]
        fn any_place_is_shown(text in "[aä\t\n]{0,9}", start in 0usize..20, end in 0usize..20) {
            assert!(shown(&text, &(start..end), "is wrong").ends_with("^\nis wrong"));
        }
    }
}
