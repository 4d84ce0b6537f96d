//! A single finding.

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;

use super::lint::{Lint, Severity};
use super::place::Place;

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
        Self { lint, severity: lint.severity, place, message: message.into(), help: help.into() }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matrix::Platform;

    static LINT: Lint = Lint { code: "some-code", severity: Severity::Warning };

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
