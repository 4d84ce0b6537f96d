//! What is written for the browser: the dashboard tab, and the script that stands in for a desktop in a preview.

use std::process::Command;

use camino::Utf8Path;

use super::Outcome;
use crate::pipeline::Workshop;
use crate::process;

/// Where Debian's package puts it, which the step `system` installs.
const CHROMIUM: &str = "/usr/bin/chromium";

/// What Vite and vitest need, as in package.json.
const NODE: &str = "install Node.js 20.19, or 22.12 or later";

/// Checks types and runs the tests that need no browser.
pub fn test(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    install(workshop)?;
    process::run(npm(workshop)?.args(["run", "typecheck"]))?;
    run_tests(npm(workshop)?.arg("test"), workshop)?;
    process::run(npm(workshop)?.args([
        "exec",
        "--offline",
        "--",
        "tsc",
        "--project",
        "../xtask/preview/page",
    ]))?;
    let mut node = process::command("node", NODE)?;
    node.args(["--test", "--test-reporter=tap"]).current_dir(workshop.root.join("xtask/preview/page"));
    run_tests(&mut node, workshop)?;
    Ok(Outcome::Passed)
}

/// Drives the tab in a real browser, through `cargo xtask preview`.
pub fn in_browser(workshop: &mut Workshop) -> anyhow::Result<Outcome> {
    if std::env::var_os("CHROMIUM").is_none() && !Utf8Path::new(CHROMIUM).exists() {
        let reason = format!("there is no {CHROMIUM}: name the program of another Chromium in CHROMIUM");
        return Ok(Outcome::LeftOut(reason));
    }
    if !workshop.root.join("ui/node_modules/playwright-core").exists() {
        install(workshop)?;
    }
    run_tests(npm(workshop)?.args(["run", "e2e"]), workshop)?;
    Ok(Outcome::Passed)
}

/// Installs exactly the locked packages, without running their scripts.
fn install(workshop: &Workshop) -> anyhow::Result<()> {
    process::run(npm(workshop)?.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// Keeps the line with which vitest sums up, and those of Node's own runner.
fn run_tests(command: &mut Command, workshop: &mut Workshop) -> anyhow::Result<()> {
    let closing = &mut workshop.closing;
    process::run_seeing(command, |line| {
        let line = line.trim_start();
        if ["Tests ", "# pass ", "# fail "].iter().any(|start| line.starts_with(start)) {
            closing.push(line.to_owned());
        }
    })
}

fn npm(workshop: &Workshop) -> anyhow::Result<Command> {
    let mut command = process::command("npm", NODE)?;
    // Test runners watch for changes unless this is set.
    command.env("CI", "1").env("NO_COLOR", "1").current_dir(workshop.root.join("ui"));
    Ok(command)
}
