//! The code that runs in a browser: the UI, and the script that plays Docker Desktop's part in a preview.

use std::process::Command;

use camino::Utf8Path;

use crate::step::{Outcome, Session};
use crate::{process, workspace};

/// From Debian's package, which the step `system` installs.
const CHROMIUM: &str = "/usr/bin/chromium";

/// What Vite and vitest need; package.json says the same.
const INSTALL_NODE: &str = "install Node.js 20.19, or 22.12 or later";

/// Checks types and runs the tests that need no browser.
pub(crate) fn test(session: &mut Session) -> anyhow::Result<Outcome> {
    install()?;
    process::run(npm()?.args(["run", "typecheck"]))?;
    run_tests(npm()?.arg("test"), session)?;
    let script = "../xtask/preview/page";
    process::run(npm()?.args(["exec", "--offline", "--", "tsc", "--project", script]))?;
    let mut node = process::command("node", INSTALL_NODE)?;
    node.args(["--test", "--test-reporter=tap"]).current_dir(workspace::root().join("xtask/preview/page"));
    run_tests(&mut node, session)?;
    Ok(Outcome::Passed)
}

/// Tests the UI in a real browser, through `cargo xtask preview`.
pub(crate) fn test_in_browser(session: &mut Session) -> anyhow::Result<Outcome> {
    if std::env::var_os("CHROMIUM").is_none() && !Utf8Path::new(CHROMIUM).exists() {
        let reason = format!("there is no {CHROMIUM}; set CHROMIUM to the path of another Chromium");
        return Ok(Outcome::Skipped(reason));
    }
    if !workspace::root().join("ui/node_modules/playwright-core").exists() {
        install()?;
    }
    run_tests(npm()?.args(["run", "e2e"]), session)?;
    Ok(Outcome::Passed)
}

/// Installs exactly the locked packages, without running their scripts.
fn install() -> anyhow::Result<()> {
    process::run(npm()?.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]))
}

/// Keeps the totals of vitest and of Node's own test runner.
fn run_tests(command: &mut Command, session: &mut Session) -> anyhow::Result<()> {
    let totals = &mut session.totals;
    process::run_with_stdout(command, |line| {
        let line = line.trim_start();
        if ["Tests ", "# pass ", "# fail "].iter().any(|start| line.starts_with(start)) {
            totals.push(line.to_owned());
        }
    })
}

fn npm() -> anyhow::Result<Command> {
    let mut command = process::command("npm", INSTALL_NODE)?;
    // Without CI, test runners keep running and wait for changes.
    command.env("CI", "1").env("NO_COLOR", "1").current_dir(workspace::root().join("ui"));
    Ok(command)
}
