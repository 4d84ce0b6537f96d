//! How a command ends when it did its work.

use std::process::ExitCode;

/// The result of a command that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Exit code 0.
    Success,
    /// The command has found and shown problems in what it was asked about. Exit code 1.
    Problems,
}

impl Outcome {
    /// [`Self::Success`], unless there are problems.
    pub fn problems_if(are_there: bool) -> Self {
        if are_there { Self::Problems } else { Self::Success }
    }
}

impl From<Outcome> for ExitCode {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::SUCCESS,
            Outcome::Problems => Self::FAILURE,
        }
    }
}
