//! A single finding.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;

use super::lint::{Lint, Severity};
use super::place::Place;

/// The longest word and the longest text, in characters.
const LONGEST_WORD: usize = 250;
const LONGEST: usize = 4000;

/// A problem, or something that is worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What kind of finding it is.
    pub lint: &'static Lint,
    /// That of the lint, unless this case is more or less serious.
    pub severity: Severity,
    /// Where it is.
    pub place: Place,
    /// One sentence without the place, in lower case and without a full stop.
    pub message: String,
    /// What to do about it. Empty if nothing has to be done.
    pub help: String,
}

impl Finding {
    /// A finding with the severity of its lint.
    pub fn new(
        lint: &'static Lint,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let (message, help) = (cut(&message.into()), cut(&help.into()));
        let place =
            Place { path: place.path.as_deref().map(cut), label: place.label.as_deref().map(cut), ..place };
        Self { lint, severity: lint.severity, place, message, help }
    }

    /// The same finding with another severity.
    pub fn with(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    /// The stable code of its lint.
    pub fn code(&self) -> &'static str {
        self.lint.code
    }
}

impl fmt::Display for Finding {
    /// One line: place, message, help, code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if !self.help.is_empty() {
            write!(f, "; help: {}", self.help)?;
        }
        write!(f, " [{}]", self.code())
    }
}

/// An object with `code`, `severity`, the fields of the place, `message` and `help`.
impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", self.code())?;
        map.serialize_entry("severity", &self.severity)?;
        let place = &self.place;
        for (key, value) in [("path", &place.path), ("label", &place.label)] {
            if let Some(value) = value {
                map.serialize_entry(key, value)?;
            }
        }
        if let Some(platform) = place.platform {
            map.serialize_entry("platform", &platform)?;
        }
        for (key, value) in [("line", place.line), ("column", place.column)] {
            if let Some(value) = value {
                map.serialize_entry(key, &value)?;
            }
        }
        map.serialize_entry("message", &self.message)?;
        if !self.help.is_empty() {
            map.serialize_entry("help", &self.help)?;
        }
        map.end()
    }
}

/// Cuts long words, and what is longer than any message of ours. Names in an image and in its documents are untrusted, and can
/// have a megabyte.
pub fn cut(text: &str) -> String {
    if text.len() <= LONGEST_WORD {
        return text.to_owned();
    }
    let words = text.split_inclusive(char::is_whitespace);
    shorten(
        &words
            .flat_map(|word| {
                [
                    shorten(word.trim_end(), LONGEST_WORD),
                    Cow::from(word.get(word.trim_end().len()..).unwrap_or_default()),
                ]
            })
            .collect::<String>(),
        LONGEST,
    )
    .into_owned()
}

/// The text, or its first `limit` characters and an ellipsis.
fn shorten(text: &str, limit: usize) -> Cow<'_, str> {
    match text.char_indices().nth(limit) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()).into(),
        None => text.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Platform;

    static LINT: Lint = Lint { code: "some-code", severity: Severity::Warning };

    #[test]
    fn names_of_a_megabyte_are_cut() {
        let long = "ä".repeat(1 << 20);
        for place in [Place::path(&long), Place::label(&long)] {
            let finding = Finding::new(
                &LINT,
                place,
                format!("has {long} {}", "x ".repeat(9000)),
                format!("remove {long}"),
            );
            let text = serde_json::to_string(&finding).unwrap();
            assert!(
                text.len() < 8000 && text.contains("has ää") && text.contains("ä… x x"),
                "{}",
                text.len()
            );
        }
        let short = "ä".repeat(250);
        assert_eq!(Finding::new(&LINT, Place::whole(), &*short, "").message, short);
    }

    #[test]
    fn json_has_the_fields_that_scripts_rely_on() {
        let place = Place::path("/darwin/tool").on(Platform::ALL[1]);
        let finding = Finding::new(&LINT, place, "is gone", "put it back");
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"code":"some-code","severity":"warning","path":"/darwin/tool","platform":"linux/arm64","message":"is gone","help":"put it back"}"#
        );
        assert_eq!(
            finding.to_string(),
            "/darwin/tool in linux/arm64: is gone; help: put it back [some-code]"
        );
    }
}
