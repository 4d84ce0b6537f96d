//! `cargo ci rcodesign`: signs binaries for macOS with the real rcodesign. Installing it is not a step of `cargo ci`, because that
//! compiles for a quarter of an hour on two processors.

use anyhow::{Result, bail};

use crate::interrupt;
use crate::step::{Outcome, Session};
use crate::steps::{e2e, installed};

const VERSION: &str = "=0.29.0";

/// Installs rcodesign, unless it is there, and runs the tests that need it.
pub(crate) fn run() -> Result<()> {
    interrupt::install()?;
    installed::install("apple-codesign", VERSION, e2e::RCODESIGN)?;
    let mut session = Session { test_filters: vec!["rcodesign::".to_owned()], ..Session::default() };
    match e2e::test(&mut session)? {
        Outcome::Passed => Ok(()),
        Outcome::Skipped(reason) => bail!("the tests cannot run here: {reason}"),
    }
}
