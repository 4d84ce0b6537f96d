//! The end-to-end tests: they run the real commands with a private engine and a private registry.

use super::rust::{cargo, run_tests};
use crate::debian;
use crate::lab::Lab;
use crate::step::{Outcome, Session};
use crate::{windows_arm64, workspace};

/// Where `cargo ci rcodesign` installs that program, which some of the tests need.
pub(crate) const RCODESIGN: &str = "target/rcodesign";

/// Starts the servers, runs the tests, and stops the servers whether or not the tests passed.
pub(crate) fn test(session: &mut Session) -> anyhow::Result<Outcome> {
    if let Some(reason) = debian::unsuitable() {
        return Ok(Outcome::Skipped(reason));
    }
    // Otherwise the first test that needs it would make it.
    windows_arm64::system()?;
    let lab = Lab::start()?;
    let mut tests = cargo()?;
    tests
        .args(["test", "--locked", "--package", "ci", "--test", "e2e", "--", "--ignored"])
        .args(&session.test_filters);
    let rcodesign = workspace::root().join(RCODESIGN).join("bin/rcodesign");
    if rcodesign.exists() {
        tests.env("E2E_RCODESIGN", rcodesign);
    } else {
        tests.args(["--skip", "rcodesign::"]);
        session.totals.push("nothing was signed for macOS: `cargo ci rcodesign` does that".to_owned());
    }
    run_tests(lab.connect(&mut tests)?, session)?;
    lab.stop()?;
    Ok(Outcome::Passed)
}
