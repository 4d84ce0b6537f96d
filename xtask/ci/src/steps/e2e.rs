//! The end-to-end tests: they run the real commands with a private engine and a private registry.

use super::installed;
use super::rust::{cargo, run_tests};
use crate::debian;
use crate::lab::Lab;
use crate::step::{Outcome, Session};
use crate::windows_arm64;

/// Some of the tests need this program, which `cargo ci rcodesign` installs.
pub(crate) const RCODESIGN: &str = "rcodesign";
/// It compiles within a minute.
const AUDITABLE: &str = "=0.7.7";

/// Starts the servers, runs the tests, and stops the servers whether or not the tests passed.
pub(crate) fn test(session: &mut Session) -> anyhow::Result<Outcome> {
    if let Some(reason) = debian::unsuitable() {
        return Ok(Outcome::Skipped(reason));
    }
    // Otherwise the first test that needs it would make it.
    windows_arm64::system()?;
    let auditable = installed::install("cargo-auditable", AUDITABLE, "cargo-auditable")?;
    let lab = Lab::start()?;
    let mut tests = cargo()?;
    tests
        .args(["test", "--locked", "--package", "ci", "--test", "e2e", "--", "--ignored"])
        .args(&session.test_filters);
    tests.env("E2E_AUDITABLE", auditable).env("E2E_SPDX", installed::spdx_tools()?);
    let rcodesign = installed::path(RCODESIGN);
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
