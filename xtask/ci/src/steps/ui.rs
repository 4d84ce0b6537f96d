//! The dashboard tab's own checks.

use std::process::Command;

use super::Outcome;
use crate::pipeline::Workshop;
use crate::process;

/// Installs exactly the locked packages, without running their scripts, then checks types and runs the tests.
pub fn test(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    process::run(npm(workshop)?.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))?;
    process::run(npm(workshop)?.args(["run", "typecheck"]))?;
    let mut tests = npm(workshop)?;
    let closing = &mut workshop.closing;
    process::run_seeing(tests.arg("test"), |line| {
        if line.trim_start().starts_with("Tests ") {
            closing.push(line.trim_start().to_owned());
        }
    })?;
    Ok(Outcome::Passed)
}

fn npm(workshop: &Workshop) -> anyhow::Result<Command> {
    let mut command = process::command("npm", "install Node 20 or later")?;
    // Test runners watch for changes unless this is set.
    command.env("CI", "1").env("NO_COLOR", "1").current_dir(workshop.root.join("ui"));
    Ok(command)
}
