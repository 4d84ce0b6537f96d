//! LABEL: its quotes, and the labels that it gives the image.

use std::collections::BTreeMap;

use sixfold_image::dockerfile::{Dockerfile, Instruction, Keyword, Pair, Word};
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::Platform;
use sixfold_model::text::Edit;

use crate::check::source::Source;
use crate::fixed::Fixed;

sixfold_model::lints! {
    /// `LABEL k="<a href="x">"`: the inner quotes are lost.
    LABEL_QUOTES = Error "label-quotes";
}

/// A label of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// `None` if it depends on something that is not known before the build.
    pub value: Option<String>,
    pub place: Place,
    /// It lost its inner quotes, which another finding reports.
    pub is_damaged: bool,
}

/// The labels of the stage that becomes the image, and of the stages that it starts from.
pub fn collect(file: &Dockerfile, source: &Source) -> BTreeMap<String, Label> {
    let mut labels = BTreeMap::new();
    file.walk(file.last(), Platform::ALL[0], &mut |_, item, scope| {
        if item.keyword != Keyword::Label {
            return;
        }
        for Pair { name, value, word } in item.pairs() {
            let (Some(name), Some(value)) = (scope.known(&name), value) else { continue };
            let place = Place { label: Some(name.clone()), ..source.place(word.at) };
            let is_damaged = has_lost_quotes(&value);
            labels.insert(name, Label { value: scope.known(&value), place, is_damaged });
        }
    });
    labels
}

/// Checks the quotes of every LABEL.
pub fn check(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let all = file.instructions().filter(|(_, item)| item.keyword == Keyword::Label);
    all.flat_map(|(_, item)| of_line(item, source)).collect()
}

fn of_line(item: &Instruction, source: &Source) -> Vec<Fixed> {
    let pairs = item.pairs();
    // White space has ended a value inside its inner quotes. The old form, a name without a value, is something else.
    let rest = pairs.iter().skip(1).find(|pair| pair.value.is_none());
    let broken = rest.map(|pair| {
        let message = format!(
            "`{}` is not part of a pair NAME=VALUE: an inner quote has ended the value",
            shorten(&pair.name)
        );
        Fixed::from(finding(source, pair.word.at, message))
    });
    let lost = pairs.iter().filter_map(|Pair { name, value, word }| {
        let value = value.as_ref().filter(|value| has_lost_quotes(value))?;
        let message = format!("the inner quotes of the label {name} end its value, and are lost");
        Some(Fixed { finding: finding(source, word.at, message), edits: requote(source, word, value) })
    });
    broken.into_iter().chain(lost).collect()
}

fn finding(source: &Source, at: usize, message: String) -> Finding {
    let help =
        "put the value in single quotes, or write \\\" inside it; labels in the configuration need neither";
    Finding::new(&LABEL_QUOTES, source.place(at), message, help)
}

fn shorten(text: &str) -> String {
    text.chars().take(30).collect()
}

/// True if the quote at the start of the value ends in the middle of it, with more text right after it.
fn has_lost_quotes(value: &str) -> bool {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
    let mut chars = value.chars().skip(1);
    while let Some(c) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            // Quoted pieces and variables may be joined.
            return chars.next().is_some_and(|next| !matches!(next, '"' | '\'' | '$'));
        }
    }
    false
}

/// Puts the value in single quotes if that changes nothing else.
fn requote(source: &Source, word: &Word, value: &str) -> Vec<Edit> {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let is_plain = inside.is_some_and(|inside| !inside.contains(['\'', '$', '\\']));
    let is_whole = source.text.get(word.at..).is_some_and(|rest| rest.starts_with(&word.text));
    if !is_plain || !is_whole {
        return vec![];
    }
    let end = word.at + word.text.len();
    let start = end - value.len();
    vec![Edit::new(start..start + 1, "'"), Edit::new(end - 1..end, "'")]
}

#[cfg(test)]
mod tests {
    use super::super::test_helpers::{codes, places};
    use super::*;

    #[test]
    fn lost_quotes_are_found_and_can_be_fixed() {
        let text = "FROM scratch\nLABEL a=\"x\" \\\n  b=\"<a href=\"https://x.example\">x</a>\"\n";
        assert_eq!(places(text, check), ["3:3 label-quotes"]);
        let source = Source::new("Dockerfile", text);
        let file = Dockerfile::parse(text).unwrap();
        let edits = check(&file, &source).into_iter().flat_map(|fixed| fixed.edits).collect();
        let fixed = Source::new("Dockerfile", &sixfold_model::text::apply(text, edits));
        let labels = collect(&Dockerfile::parse(&fixed.text).unwrap(), &fixed);
        assert_eq!(labels["b"].value.as_deref(), Some("<a href=\"https://x.example\">x</a>"));
        assert!(!labels["b"].is_damaged);
    }

    #[test]
    fn quotes_in_json_and_around_spaces_are_lost_too() {
        for text in [
            "FROM scratch\nLABEL s=\"[{\"alt\":\"x\",\"url\":\"https://x.example\"}]\"\n",
            "FROM scratch\nLABEL s=\"see \"the docs\" now\"\n",
            "FROM scratch\nLABEL s='it's'\n",
        ] {
            assert!(codes(text, check).contains(&"label-quotes"), "{text}");
        }
        for sound in [
            "FROM scratch\nLABEL s=\"[{\\\"alt\\\":\\\"x\\\"}]\"\n",
            "FROM scratch\nLABEL s='[{\"alt\":\"x\"}]' t=\"a\"'b'\"$C\"\n",
            "FROM scratch\nLABEL old a \"b\" c\n",
        ] {
            assert_eq!(codes(sound, check), [""; 0], "{sound}");
        }
    }

    #[test]
    fn labels_of_base_stages_are_inherited_and_may_be_unknown() {
        let text = "ARG V=1\nFROM a AS base\nLABEL x=1 y=2\nFROM base\nARG V W\nLABEL y=\"$V\" z=$W\n";
        let source = Source::new("Dockerfile", text);
        let labels = collect(&Dockerfile::parse(text).unwrap(), &source);
        let values: Vec<_> = labels.values().map(|label| label.value.as_deref()).collect();
        assert_eq!(values, [Some("1"), Some("1"), None]);
        assert_eq!(labels["y"].place.line, Some(6));
    }
}
