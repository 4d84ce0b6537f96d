//! The result of one check.

use std::fmt::Display;

use sixfold_base::terminal;

/// The result of one check, with a text for people. The text of a problem ends with a line `help: …`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Health {
    Good(String),
    /// Not installed yet; `dist` installs it.
    Later(String),
    /// A problem that affects only some commands.
    Note(String),
    /// A problem that affects every `dist`.
    Error(String),
}

impl Health {
    /// A problem with `help` that affects only some commands.
    pub(super) fn note(problem: impl Display, help: impl Display) -> Self {
        Self::Note(with_help(problem, help))
    }

    /// A problem with `help` that affects every `dist`.
    pub(super) fn error(problem: impl Display, help: impl Display) -> Self {
        Self::Error(with_help(problem, help))
    }

    pub(super) fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

    /// Prints the result. Further lines of a note start where its first line starts, after the word `note`.
    pub(super) fn show(&self, name: &str) {
        match self {
            Self::Good(text) => terminal::step("ok", format_args!("{name}: {text}")),
            Self::Later(text) => terminal::step("later", format_args!("{name}: {text}")),
            Self::Note(text) => {
                terminal::note(format_args!("{name}: {}", text.replace('\n', "\n             ")))
            }
            Self::Error(text) => terminal::error(format_args!("{name}: {text}")),
        }
    }
}

fn with_help(problem: impl Display, help: impl Display) -> String {
    format!("{problem}\nhelp: {help}")
}

/// The checks with owned names.
pub(super) fn named<'a>(
    checks: impl IntoIterator<Item = (&'a str, Health)>,
) -> impl Iterator<Item = (String, Health)> {
    checks.into_iter().map(|(name, health)| (name.to_owned(), health))
}
