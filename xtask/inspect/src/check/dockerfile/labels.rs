//! LABEL: its quotes, and the labels that the image gets by it.

use std::collections::BTreeMap;

use super::{Dockerfile, Instruction, Keyword, Source, Word};
use crate::fixed::Fixed;
use sixfold_model::finding::{Finding, Place};
use sixfold_model::matrix::Platform;
use sixfold_model::text::Edit;

sixfold_model::lints! {
    /// `LABEL k="<a href="x">"`: the inner quotes are taken away.
    LABEL_QUOTES = Error "label-quotes";
}

/// A label of the image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// `None` where it depends on what is given at the build.
    pub value: Option<String>,
    pub place: Place,
    /// It is not what its author wrote, which has been said already.
    pub is_damaged: bool,
}

/// The labels of the stage that becomes the image, and of the stages below it.
pub fn collect(file: &Dockerfile, source: &Source) -> BTreeMap<String, Label> {
    let mut labels = BTreeMap::new();
    file.walk(file.last(), Platform::ALL[0], &mut |_, item, scope| {
        if item.keyword != Keyword::Label {
            return;
        }
        for (name, value, word) in pairs(item) {
            let Some(name) = scope.expand(&name) else { continue };
            let place = Place { label: Some(name.clone()), ..source.place(word.at) };
            let is_damaged = has_lost_quotes(&value);
            labels.insert(name, Label { value: scope.expand(&value), place, is_damaged });
        }
    });
    labels
}

/// Judges how every LABEL is written.
pub fn judge(file: &Dockerfile, source: &Source) -> Vec<Fixed> {
    let all = file.instructions().filter(|(_, item)| item.keyword == Keyword::Label);
    all.flat_map(|(_, item)| of_line(item, source)).collect()
}

fn of_line(item: &Instruction, source: &Source) -> Vec<Fixed> {
    let words = item.line.words();
    let is_old_form = words.first().is_some_and(|word| !word.text.contains('='));
    // A value that white space ends within its inner quotes: the rest is no pair.
    let rest = words.iter().find(|word| !is_old_form && !word.text.contains('='));
    let broken = rest.map(|word| {
        let message = format!(
            "`{}` is no part of a pair NAME=VALUE: an inner quote has ended the value",
            shorten(&word.text)
        );
        Fixed::from(finding(source, word.at, message))
    });
    let lost =
        pairs(item).into_iter().filter(|(_, value, _)| has_lost_quotes(value)).map(|(name, value, word)| {
            let message = format!("the inner quotes of the label {name} end its value, and are lost");
            Fixed { finding: finding(source, word.at, message), edits: requote(source, &word, &value) }
        });
    broken.into_iter().chain(lost).collect()
}

fn finding(source: &Source, at: usize, message: String) -> Finding {
    let help = "put the value into single quotes, or write \\\" inside; Cargo.toml's labels need neither";
    Finding::new(&LABEL_QUOTES, source.place(at), message, help)
}

fn shorten(text: &str) -> String {
    text.chars().take(30).collect()
}

/// Name, value as written, and the word that both are in.
fn pairs(item: &Instruction) -> Vec<(String, String, Word)> {
    let words = item.line.words();
    match words.first() {
        Some(first) if !first.text.contains('=') => {
            let value = item.line.text[first.start + first.text.len()..].trim();
            vec![(first.text.clone(), value.to_owned(), first.clone())]
        }
        _ => words
            .into_iter()
            .filter_map(|word| {
                let (name, value) = word.text.split_once('=')?;
                Some((name.to_owned(), value.to_owned(), word.clone()))
            })
            .collect(),
    }
}

/// Whether a quote that begins the value ends in the middle of it, with more text right behind.
fn has_lost_quotes(value: &str) -> bool {
    let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) else { return false };
    let mut chars = value.chars().skip(1);
    while let Some(c) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            // More quotes or a variable behind it are how pieces are put together.
            return chars.next().is_some_and(|next| !matches!(next, '"' | '\'' | '$'));
        }
    }
    false
}

/// Single quotes around the value, where that changes nothing else.
fn requote(source: &Source, word: &Word, value: &str) -> Vec<Edit> {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let is_plain = inside.is_some_and(|inside| !inside.contains(['\'', '$', '\\']));
    let is_whole = source.text[word.at..].starts_with(&word.text);
    if !is_plain || !is_whole {
        return vec![];
    }
    let end = word.at + word.text.len();
    let start = end - value.len();
    vec![Edit::new(start..start + 1, "'"), Edit::new(end - 1..end, "'")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::dockerfile::tests::{codes, places};

    #[test]
    fn lost_quotes_are_found_and_kept() {
        let text = "FROM scratch\nLABEL a=\"x\" \\\n  b=\"<a href=\"https://x.example\">x</a>\"\n";
        assert_eq!(places(text, judge), ["3:3 label-quotes"]);
        let source = Source::new("Dockerfile", text);
        let file = Dockerfile::parse(&source).unwrap();
        let edits = judge(&file, &source).into_iter().flat_map(|fixed| fixed.edits).collect();
        let fixed = Source::new("Dockerfile", &sixfold_model::text::apply(text, edits));
        let labels = collect(&Dockerfile::parse(&fixed).unwrap(), &fixed);
        assert_eq!(labels["b"].value.as_deref(), Some("<a href=\"https://x.example\">x</a>"));
        assert!(!labels["b"].is_damaged);
    }

    #[test]
    fn json_and_spaces_lose_theirs_too() {
        for text in [
            "FROM scratch\nLABEL s=\"[{\"alt\":\"x\",\"url\":\"https://x.example\"}]\"\n",
            "FROM scratch\nLABEL s=\"see \"the docs\" now\"\n",
            "FROM scratch\nLABEL s='it's'\n",
        ] {
            assert!(codes(text, judge).contains(&"label-quotes"), "{text}");
        }
        for sound in [
            "FROM scratch\nLABEL s=\"[{\\\"alt\\\":\\\"x\\\"}]\"\n",
            "FROM scratch\nLABEL s='[{\"alt\":\"x\"}]' t=\"a\"'b'\"$C\"\n",
            "FROM scratch\nLABEL old a \"b\" c\n",
        ] {
            assert_eq!(codes(sound, judge), [""; 0], "{sound}");
        }
    }

    #[test]
    fn labels_come_from_below_and_may_be_unknown() {
        let text = "ARG V=1\nFROM a AS base\nLABEL x=1 y=2\nFROM base\nARG V W\nLABEL y=\"$V\" z=$W\n";
        let source = Source::new("Dockerfile", text);
        let labels = collect(&Dockerfile::parse(&source).unwrap(), &source);
        let values: Vec<_> = labels.values().map(|label| label.value.as_deref()).collect();
        assert_eq!(values, [Some("1"), Some("1"), None]);
        assert_eq!(labels["y"].place.line, Some(6));
    }
}
