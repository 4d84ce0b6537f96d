//! Findings: what `check`, `inspect` and `dist` have to say about an extension, in one shape.
//!
//! A finding names its [`Lint`] (a stable code that scripts may rely on and docs/lints.md explains), the place, what
//! is there, and what mends it. Invariant: a code, once published, never changes its meaning.

pub mod render;

use std::fmt;

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::matrix::Platform;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Note,
    /// Works for some, or not everywhere, or Docker's validator refuses it.
    Warning,
    /// Some host cannot install or run it.
    Error,
}

impl Severity {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A kind of finding.
#[derive(Debug, PartialEq, Eq)]
pub struct Lint {
    /// Stable, in kebab case: the heading in docs/lints.md.
    pub code: &'static str,
    pub severity: Severity,
}

/// Declares lints and, in `ALL`, the list of them which the test of docs/lints.md walks.
#[macro_export]
macro_rules! lints {
    ($($(#[$meta:meta])* $name:ident = $severity:ident $code:literal;)+) => {
        $($(#[$meta])* pub static $name: $crate::finding::Lint =
            $crate::finding::Lint { code: $code, severity: $crate::finding::Severity::$severity };)+
        /// Every lint of this module.
        pub static ALL: &[&$crate::finding::Lint] = &[$(&$name),+];
    };
}

/// Where a finding is: a file of an image or of the sources, a label, or the extension as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// In an image: absolute, with `/`. In sources: relative to the project's root, with `/`.
    pub path: Option<String>,
    /// The platform of the image; `None` where it is all of them, or no image at all.
    pub platform: Option<Platform>,
    pub label: Option<String>,
    /// 1-based.
    pub line: Option<usize>,
    /// 1-based, in characters.
    pub column: Option<usize>,
}

impl Place {
    /// The extension as a whole.
    pub fn whole() -> Self {
        Self::default()
    }

    /// A file of the image or of the sources.
    pub fn path(path: impl fmt::Display) -> Self {
        Self { path: Some(path.to_string()), ..Self::default() }
    }

    pub fn label(label: &str) -> Self {
        Self { label: Some(label.into()), ..Self::default() }
    }

    /// The same place, in one platform's image only.
    pub fn on(self, platform: Platform) -> Self {
        Self { platform: Some(platform), ..self }
    }

    /// The same file, at a line and column, both 1-based.
    pub fn at(self, line: usize, column: usize) -> Self {
        Self { line: Some(line), column: Some(column), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, &self.label) {
            (Some(path), _) => f.write_str(path)?,
            (None, Some(label)) => write!(f, "label {label}")?,
            (None, None) => f.write_str("the extension")?,
        }
        if let Some(line) = self.line {
            write!(f, ":{line}:{}", self.column.unwrap_or(1))?;
        }
        if let (Some(_), Some(label)) = (&self.path, &self.label) {
            write!(f, ", label {label}")?;
        }
        match self.platform {
            Some(platform) => write!(f, " in {platform}"),
            None => Ok(()),
        }
    }
}

/// One thing that is wrong, or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub lint: &'static Lint,
    /// The lint's own, where the case does not weigh more or less.
    pub severity: Severity,
    pub place: Place,
    /// One sentence, lower case, without the place and a full stop.
    pub message: String,
    /// What to do about it; empty where nothing has to be done.
    pub help: String,
}

impl Finding {
    pub fn new(
        lint: &'static Lint,
        place: Place,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { lint, severity: lint.severity, place, message: message.into(), help: help.into() }
    }

    /// The same finding, with another weight.
    pub fn with(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }

    pub fn code(&self) -> &'static str {
        self.lint.code
    }
}

impl fmt::Display for Finding {
    /// One line: place, message, mend, code.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        write!(f, " [{}]", self.code())
    }
}

/// `code`, `severity`, the place's own fields, `message`, `mend`.
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

    static LINT: Lint = Lint { code: "some-code", severity: Severity::Warning };

    #[test]
    fn json_has_the_fields_that_scripts_rely_on() {
        let place = Place::path("/darwin/tool").on(Platform::ALL[1]);
        let finding = Finding::new(&LINT, place, "is gone", "put it back");
        assert_eq!(
            serde_json::to_string(&finding).unwrap(),
            r#"{"code":"some-code","severity":"warning","path":"/darwin/tool","platform":"linux/arm64","message":"is gone","help":"put it back"}"#
        );
        assert_eq!(finding.to_string(), "/darwin/tool in linux/arm64: is gone; put it back [some-code]");
    }

    #[test]
    fn a_place_says_where() {
        assert_eq!(Place::path("Dockerfile").at(3, 5).to_string(), "Dockerfile:3:5");
        assert_eq!(Place::label("a.b").to_string(), "label a.b");
        let both = Place { label: Some("a.b".into()), ..Place::path("Cargo.toml").at(3, 5) };
        assert_eq!(both.to_string(), "Cargo.toml:3:5, label a.b");
        assert_eq!(Place::whole().to_string(), "the extension");
    }
}
