//! The report of `check`: as text, JSON and Markdown. Findings are rendered as in `inspect`.

use std::fmt::Write as _;

use anyhow::Result;
use serde::Serialize;

use crate::report::Format;
use sixfold_model::finding::render::{BAD, GOOD, escape, markdown, text};
use sixfold_model::finding::{Finding, Severity};

/// The findings about one directory.
pub struct Report<'a> {
    /// The directory as the user named it.
    pub folder: &'a str,
    /// Sorted by file and line.
    pub findings: Vec<Finding>,
    /// The files that `--fix` changed.
    pub fixed: Vec<String>,
}

#[derive(Serialize)]
struct Json<'a> {
    folder: &'a str,
    problems: Vec<&'a Finding>,
    notes: Vec<&'a Finding>,
    fixed: &'a [String],
}

impl Report<'_> {
    /// Errors and warnings: they make the exit code 1.
    pub fn problems(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity > Severity::Note)
    }

    fn notes(&self) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(|finding| finding.severity == Severity::Note)
    }

    /// The whole report, ending with a newline. Text has colours, which an `anstream` removes if they are not wanted.
    pub fn render(&self, format: Format) -> Result<String> {
        Ok(match format {
            Format::Text => self.text(),
            Format::Markdown => self.markdown(),
            Format::Json => {
                let json = Json {
                    folder: self.folder,
                    problems: self.problems().collect(),
                    notes: self.notes().collect(),
                    fixed: &self.fixed,
                };
                serde_json::to_string_pretty(&json)? + "\n"
            }
        })
    }

    /// The findings of each file; those without a file come first.
    fn by_file(&self) -> impl Iterator<Item = &[Finding]> {
        self.findings.chunk_by(|a, b| a.place.path == b.place.path)
    }

    fn text(&self) -> String {
        let mut out = String::new();
        for findings in self.by_file() {
            let _ = writeln!(out, "{}", text(findings));
        }
        let (problems, notes) = (self.problems().count(), self.notes().count());
        let notes = if notes == 0 { String::new() } else { format!(" ({})", count(notes, "note")) };
        let (style, what) = match problems {
            0 => (GOOD, "No problems found".to_owned()),
            problems => (BAD, format!("{} found", count(problems, "problem"))),
        };
        // Writing into a string cannot fail, here and above.
        let _ = writeln!(out, "{style}{what}.{style:#}{notes}");
        out
    }

    fn markdown(&self) -> String {
        let mut out = format!("### check {}\n\n", escape(self.folder));
        self.by_file().for_each(|findings| out.push_str(&markdown(findings)));
        if self.problems().next().is_none() {
            out.push_str("\nNo problems found.\n");
        }
        out
    }
}

fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
