//! `dist` against the bare tools: from cold, with nothing changed, after one edited line.

use anyhow::Result;

use super::measure::{Limit, Measured, Row, Times, in_turns};
use super::sandbox::{Line, Sandbox};
use super::stopwatch::Sample;

const BARE: &str = "its own `cargo build`, bare";

/// A fresh clone with warm caches of cargo, npm and zig. The page is fetched and built on the same processors.
pub fn cold(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    let mut by_hand = Vec::new();
    let (ours, theirs) = in_turns(
        runs,
        |_| {
            sandbox.clear()?;
            sandbox.time("dist, cold", &mut sandbox.dist()?)
        },
        |_| {
            sandbox.clear()?;
            let page = fetch_and_build(sandbox)?;
            let programs = bare(sandbox, "cargo build, cold")?;
            by_hand.push(page + programs);
            Ok(programs)
        },
    )?;
    let page = "`npm ci`, `npm run build` and that `cargo build`, one after the other";
    let rows = vec![
        row("`dist`", ours.clone(), BARE, theirs, Some(Limit::Ratio(1.1))),
        row("`dist`", ours, page, by_hand.into_iter().collect(), None),
    ];
    Ok(Some(Measured { rows, notes: Vec::new() }))
}

pub fn unchanged(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let (ours, theirs) = in_turns(
        runs,
        |_| sandbox.time("dist, unchanged", &mut sandbox.dist()?),
        |_| bare(sandbox, "cargo build, unchanged"),
    )?;
    let rows = vec![row("`dist`", ours, BARE, theirs, Some(Limit::Seconds(1.0)))];
    Ok(Some(Measured { rows, notes: Vec::new() }))
}

pub fn edited(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let line =
        sandbox.line("extension/src/main.rs", "Print a report about this machine as one line of JSON")?;
    let (ours, theirs) = in_turns(
        runs,
        |turn| edit_and_dist(sandbox, &line, turn),
        |turn| {
            line.edit(format_args!("{turn}, bare"))?;
            bare(sandbox, "cargo build, edited")
        },
    )?;
    let program = row("`dist`, a line of `extension/` edited", ours, BARE, theirs, None);

    let line = sandbox.line("ui/src/components/Dashboard.tsx", "This machine")?;
    let (ours, theirs) = in_turns(
        runs,
        |turn| edit_and_dist(sandbox, &line, turn),
        |turn| {
            line.edit(format_args!("{turn}, bare"))?;
            npm(sandbox, "npm run build, edited", &["run", "build"])
        },
    )?;
    let page = row("`dist`, a line of `ui/` edited", ours, "`npm run build`", theirs, None);
    Ok(Some(Measured { rows: vec![program, page], notes: Vec::new() }))
}

fn edit_and_dist(sandbox: &Sandbox, line: &Line, turn: usize) -> Result<Sample> {
    line.edit(turn)?;
    sandbox.time("dist, edited", &mut sandbox.dist()?)
}

fn bare(sandbox: &Sandbox, what: &str) -> Result<Sample> {
    sandbox.time(what, &mut sandbox.bare()?.replay()?)
}

fn fetch_and_build(sandbox: &Sandbox) -> Result<Sample> {
    let fetch = npm(sandbox, "npm ci, cold", &["ci", "--ignore-scripts", "--no-audit"])?;
    Ok(fetch + npm(sandbox, "npm run build, cold", &["run", "build"])?)
}

fn npm(sandbox: &Sandbox, what: &str, args: &[&str]) -> Result<Sample> {
    let mut npm = sandbox.command("npm")?;
    sandbox.time(what, npm.args(args).current_dir(sandbox.root.join("ui")))
}

fn row(what: &str, ours: Times, against: &str, theirs: Times, limit: Option<Limit>) -> Row {
    Row { what: what.to_owned(), ours, against: against.to_owned(), theirs, limit }
}
