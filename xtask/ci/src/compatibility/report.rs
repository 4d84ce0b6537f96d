//! What the tool's command `each-cell` prints: what it has built, and what compilers and linkers said.

use camino::Utf8PathBuf;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Report {
    pub cells: Vec<Cell>,
    pub errors: Vec<Diagnostic>,
}

/// The part of `plan --format json` that is read.
#[derive(Deserialize)]
pub(crate) struct Plan {
    pub targets: Vec<PlannedTarget>,
}

#[derive(Deserialize)]
pub(crate) struct PlannedTarget {
    pub target: String,
    pub c: Option<CCode>,
}

#[derive(Deserialize)]
pub(crate) struct CCode {
    pub crates: Vec<String>,
}

/// One program for one target.
#[derive(Deserialize)]
pub(crate) struct Cell {
    pub binary: String,
    pub target: String,
    pub linker: String,
    /// `None` if it was not built.
    pub path: Option<Utf8PathBuf>,
    /// What is wrong with the file.
    pub findings: Vec<String>,
}

/// The message of an error while building a package.
#[derive(Deserialize)]
pub(crate) struct Diagnostic {
    pub package: String,
    pub text: String,
}
