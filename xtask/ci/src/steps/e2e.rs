//! The end-to-end tests, which drive the real commands against a private engine and registry.

use super::Outcome;
use super::rust::{cargo, run_tests};
use crate::debian;
use crate::lab::Lab;
use crate::pipeline::Workshop;

/// Starts the servers, runs the tests, and stops the servers whatever the tests said.
pub fn test(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    if let Some(reason) = debian::unsuitable() {
        return Ok(Outcome::LeftOut(reason));
    }
    let lab = Lab::start()?;
    let mut tests = cargo(workshop)?;
    tests
        .args(["test", "--locked", "--package", "ci", "--test", "e2e", "--", "--ignored"])
        .args(&workshop.tests);
    run_tests(lab.serve(&mut tests)?, workshop)?;
    lab.stop()?;
    Ok(Outcome::Passed)
}
