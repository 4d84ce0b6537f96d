//! Committed files that a generator writes have to be what the generator writes now.

use std::process::Command;

use sixfold_base::process::watchdog::own_program;

use crate::step::{Outcome, Session};
use crate::{process, workspace};

/// In a separate process, so that an interrupt stops it like any other step.
pub(crate) fn symbol_lists(_session: &mut Session) -> anyhow::Result<Outcome> {
    let mut generator = Command::new(own_program()?);
    process::run(generator.args(["stubs", "--check"]).current_dir(workspace::root()))?;
    Ok(Outcome::Passed)
}
