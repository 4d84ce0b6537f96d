//! A finding together with its fix.

use sixfold_model::finding::Finding;
use sixfold_model::text::Edit;

/// A finding, and the edits of its file that fix it; no edits if there is not exactly one right answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    pub finding: Finding,
    pub edits: Vec<Edit>,
}

impl From<Finding> for Fixed {
    fn from(finding: Finding) -> Self {
        Self { finding, edits: vec![] }
    }
}
