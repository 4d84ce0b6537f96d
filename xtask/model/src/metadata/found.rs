//! Findings with their place in the text and the change that fixes them.

use std::ops::Range;

use crate::finding::{Finding, Lint, Place, Severity};
use crate::json::Change;
use crate::text::{Edit, line_column};

/// The most findings that are reported: more than any extension has.
const MOST: usize = 1000;

/// A finding, and how to fix it if there is one right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// What is reported.
    pub finding: Finding,
    /// Its place in the text, in bytes.
    pub(super) span: Range<usize>,
    /// The build cannot use the file.
    pub(super) stops_build: bool,
    change: Option<Change>,
}

impl Found {
    /// `span` is the place in the text, in bytes.
    pub(super) fn new(
        lint: &'static Lint,
        span: Range<usize>,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let finding = Finding::new(lint, Place::whole(), message, help);
        Self { finding, span, stops_build: false, change: None }
    }

    pub(super) fn stops_build(self) -> Self {
        Self { stops_build: true, ..self }
    }

    pub(super) fn warning(self) -> Self {
        Self { finding: self.finding.with(Severity::Warning), ..self }
    }

    pub(super) fn fixed_by(self, change: impl Into<Option<Change>>) -> Self {
        Self { change: change.into(), ..self }
    }

    /// The edits that fix it in the text that was read; none if there is no single right answer.
    pub fn edits(&self, text: &str) -> Vec<Edit> {
        self.change.iter().filter_map(|change| change.edit(text)).collect()
    }
}

/// The findings of one text, in the order in which they are made.
pub(super) struct Findings<'a> {
    text: &'a str,
    place: &'a Place,
    pub(super) list: Vec<Found>,
}

impl<'a> Findings<'a> {
    /// `place` is the file that `text` was read from.
    pub(super) fn new(text: &'a str, place: &'a Place) -> Self {
        Self { text, place, list: vec![] }
    }

    /// Adds a finding and gives it its line and column.
    pub(super) fn push(&mut self, mut found: Found) {
        if self.list.len() < MOST {
            let (line, column) = line_column(self.text, found.span.start);
            found.finding.place = self.place.clone().at(line, column);
            self.list.push(found);
        }
    }
}
