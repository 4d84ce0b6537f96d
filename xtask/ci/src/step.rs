//! What a step of `cargo ci` is, what it works with, and how it ends.

/// A step, in the order of `steps::ALL`.
pub(crate) struct Step {
    /// As in `--only` and `--skip`.
    pub name: &'static str,
    pub about: &'static str,
    pub run: fn(&mut Session) -> anyhow::Result<Outcome>,
}

/// What the steps of one run share.
#[derive(Default)]
pub(crate) struct Session {
    /// Run only the end-to-end tests whose names contain one of these; empty means all.
    pub test_filters: Vec<String>,
    /// The lines in which test runners report their totals.
    pub totals: Vec<String>,
}

/// How a step ended that did not fail.
pub(crate) enum Outcome {
    Passed,
    /// It cannot run on this machine, for this reason.
    Skipped(String),
}
