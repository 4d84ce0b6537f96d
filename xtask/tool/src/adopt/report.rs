//! What `adopt` has found, as text and as JSON.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

use sixfold_inspect::check::fix::FixedFile;

use super::Adoption;
use super::draft::{Found, Missing};

/// The most characters of a value that are shown.
const LONGEST: usize = 100;

#[derive(Serialize)]
struct View<'a> {
    configuration: &'a str,
    found: &'a [Found],
    missing: &'a [Missing],
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    path: &'a str,
    text: &'a str,
}

impl Adoption {
    /// Ends with a newline.
    pub(crate) fn json<'a>(&'a self) -> Result<String> {
        let file = |change: &'a FixedFile| File { path: &change.source.name, text: &change.text };
        let files = self.changes.0.iter().map(file).collect();
        let configuration = self.file.name();
        let view = View { configuration, found: &self.draft.found, missing: &self.draft.missing, files };
        Ok(serde_json::to_string_pretty(&view)? + "\n")
    }

    /// What was found, what was not, and the changes.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        // Writing into a string cannot fail.
        let width = self.draft.found.iter().map(|found| found.what.len()).max().unwrap_or_default();
        for Found { what, value, from } in &self.draft.found {
            let shown: String = value.chars().take(LONGEST).collect();
            let more = if shown.len() < value.len() { "…" } else { "" };
            let _ = writeln!(out, "{what:width$}  {shown}{more}  ({from})");
        }
        for (title, is_needed) in [("Not found, and needed", true), ("To check", false)] {
            let missing: Vec<_> =
                self.draft.missing.iter().filter(|missing| missing.is_needed == is_needed).collect();
            if !missing.is_empty() {
                let _ = writeln!(out, "\n{title}");
            }
            for Missing { what, message, help, .. } in missing {
                let _ = writeln!(out, "  {what}: {message}\n    help: {help}");
            }
        }
        let _ = writeln!(out, "\nFiles");
        for change in &self.changes.0 {
            let _ = write!(out, "{}", change.diff());
        }
        out
    }
}
