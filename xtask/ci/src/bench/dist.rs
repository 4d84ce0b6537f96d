//! `dist` compared with the bare tools: cold, with nothing changed, and after editing one line.

use anyhow::Result;

use super::sandbox::{Line, Sandbox};
use super::stopwatch::Sample;
use super::table::{Limit, Measured, Row};
use super::times::{Times, alternate};

const BARE: &str = "the bare `cargo build`";

/// A fresh clone with warm caches for cargo, npm and zig. `dist` also installs packages and builds the UI, on the same
/// processors.
pub(crate) fn cold(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    let mut by_hand = Vec::new();
    let (ours, theirs) = alternate(
        runs,
        |_| {
            sandbox.clear()?;
            sandbox.time("dist, cold", &mut sandbox.dist()?)
        },
        |_| {
            sandbox.clear()?;
            let ui = build_ui(sandbox)?;
            let binaries = bare(sandbox, "cargo build, cold")?;
            by_hand.push(ui + binaries);
            Ok(binaries)
        },
    )?;
    let steps = "`npm ci`, `npm run build` and that `cargo build`, one after the other";
    let rows = vec![
        row("`dist`", ours.clone(), BARE, theirs, Some(Limit::Ratio(1.1))),
        row("`dist`", ours, steps, by_hand.into_iter().collect(), None),
    ];
    Ok(Some(Measured { rows, notes: Vec::new() }))
}

pub(crate) fn unchanged(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let (ours, theirs) = alternate(
        runs,
        |_| sandbox.time("dist, unchanged", &mut sandbox.dist()?),
        |_| bare(sandbox, "cargo build, unchanged"),
    )?;
    let rows = vec![row("`dist`", ours, BARE, theirs, Some(Limit::Seconds(1.0)))];
    Ok(Some(Measured { rows, notes: Vec::new() }))
}

pub(crate) fn edited(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let line =
        sandbox.line("extension/src/main.rs", "Print a report about this machine as one line of JSON")?;
    let (ours, theirs) = alternate(
        runs,
        |turn| edit_and_dist(sandbox, &line, turn),
        |turn| {
            line.edit(format_args!("{turn}, bare"))?;
            bare(sandbox, "cargo build, edited")
        },
    )?;
    let binary = row("`dist`, after editing a line in `extension/`", ours, BARE, theirs, None);

    let line = sandbox.line("ui/src/components/Dashboard.tsx", "This machine")?;
    let (ours, theirs) = alternate(
        runs,
        |turn| edit_and_dist(sandbox, &line, turn),
        |turn| {
            line.edit(format_args!("{turn}, bare"))?;
            npm(sandbox, "npm run build, edited", &["run", "build"])
        },
    )?;
    let ui = row("`dist`, after editing a line in `ui/`", ours, "`npm run build`", theirs, None);
    Ok(Some(Measured { rows: vec![binary, ui], notes: Vec::new() }))
}

fn edit_and_dist(sandbox: &Sandbox, line: &Line, turn: usize) -> Result<Sample> {
    line.edit(turn)?;
    sandbox.time("dist, edited", &mut sandbox.dist()?)
}

fn bare(sandbox: &Sandbox, what: &str) -> Result<Sample> {
    sandbox.time(what, &mut sandbox.bare()?.replay()?)
}

fn build_ui(sandbox: &Sandbox) -> Result<Sample> {
    let install = npm(sandbox, "npm ci, cold", &["ci", "--ignore-scripts", "--no-audit"])?;
    Ok(install + npm(sandbox, "npm run build, cold", &["run", "build"])?)
}

fn npm(sandbox: &Sandbox, what: &str, args: &[&str]) -> Result<Sample> {
    let mut npm = sandbox.command("npm")?;
    sandbox.time(what, npm.args(args).current_dir(sandbox.root.join("ui")))
}

fn row(what: &str, ours: Times, against: &str, theirs: Times, limit: Option<Limit>) -> Row {
    Row { what: what.to_owned(), ours, against: against.to_owned(), theirs, limit }
}
