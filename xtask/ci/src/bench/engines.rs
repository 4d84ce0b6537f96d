//! Both engines write the image of the same stage. Neither reuses anything from an earlier run.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::sandbox::{Sandbox, remove, report, tail};
use super::stopwatch::Sample;
use super::table::{Limit, Measured, Row};
use super::times::alternate;
use crate::debian;
use crate::lab::Lab;
use crate::process;

/// `dist` prints this word when the stage is verified. What follows is the work of the engine.
const VERIFIED: &str = "Verified";

/// Skipped, with the reason, if no private engine can be started.
pub(crate) fn cold(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    if let Some(reason) = debian::unsuitable() {
        eprintln!("skipped: {reason}");
        return Ok(None);
    }
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let lab = Lab::start()?;
    let (ours, theirs) = alternate(
        runs,
        |_| {
            remove(&sandbox.root.join("target/dist/layers"))?;
            deliver(sandbox, "builtin", &mut sandbox.dist()?)
        },
        |_| {
            let mut prune = sandbox.command("docker")?;
            sandbox.time("prune", lab.connect(prune.args(["buildx", "prune", "--all", "--force"]))?)?;
            deliver(sandbox, "buildx", lab.connect(&mut sandbox.dist()?)?)
        },
    )?;
    lab.stop()?;
    let row = Row {
        what: "writing the archive with `builtin`, no cached layers".to_owned(),
        ours,
        against: "writing the archive with `buildx`, cache pruned".to_owned(),
        theirs,
        limit: Some(Limit::Ratio(1.0 / 3.0)),
    };
    Ok(Some(Measured { rows: vec![row], notes: Vec::new() }))
}

/// How long `dist` takes after the stage is verified.
fn deliver(sandbox: &Sandbox, engine: &str, dist: &mut Command) -> Result<Sample> {
    let log = sandbox.temporary("log.txt")?;
    let mut output = fs_err::File::create(&log)?;
    dist.args(["--engine", engine]).stdout(Stdio::null());
    let mut verified = None;
    let result = process::run_with_stderr(dist, |line| {
        if line.contains(VERIFIED) {
            verified = Some(Instant::now());
        }
        Ok(writeln!(output, "{line}")?)
    });
    let end = Instant::now();
    if let Err(error) = result {
        bail!("{engine}: {error:#}\n{}", tail(&log));
    }
    let clock = end - verified.with_context(|| format!("dist did not print {VERIFIED:?}"))?;
    // CPU time is known only for whole commands, and the engine does most of the work for buildx.
    let sample = Sample { clock, cpu: None };
    report(&format!("writing the image with {engine}"), sample);
    Ok(sample)
}
