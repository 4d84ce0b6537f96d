//! Kinds of findings.

use serde::Serialize;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing. Nothing has to be done.
    Note,
    /// Does not work for all users or everywhere, or Docker's validator refuses it.
    Warning,
    /// Some hosts cannot install or run the extension.
    Error,
}

impl Severity {
    /// As in output and JSON: `note`, `warning`, `error`.
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
    /// The usual severity. A single finding may have another one.
    pub severity: Severity,
}

/// Declares lints, and the list `ALL` of them. A test compares the lists with docs/lints.md.
#[macro_export]
macro_rules! lints {
    ($($(#[$meta:meta])* $name:ident = $severity:ident $code:literal;)+) => {
        $($(#[$meta])* pub static $name: $crate::finding::lint::Lint =
            $crate::finding::lint::Lint { code: $code, severity: $crate::finding::lint::Severity::$severity };)+
        /// Every lint of this module.
        pub static ALL: &[&$crate::finding::lint::Lint] = &[$(&$name),+];
    };
}
