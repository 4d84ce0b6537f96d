//! Files that are committed and made by a generator must be what the generator makes.

use std::process::Command;

use super::Outcome;
use crate::pipeline::Workshop;
use crate::process;

/// In a process of its own, so that an interrupt stops it as any other step.
pub fn stubs(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    let mut generator = Command::new(std::env::current_exe()?);
    process::run(generator.args(["stubs", "--check"]).current_dir(&workshop.root))?;
    Ok(Outcome::Passed)
}
