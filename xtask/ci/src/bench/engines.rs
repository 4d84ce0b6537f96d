//! The image of one stage by both engines, each without anything kept from an earlier run.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::measure::{Limit, Measured, Row, in_turns};
use super::sandbox::{Sandbox, remove, say, tail};
use super::stopwatch::Sample;
use crate::debian;
use crate::lab::Lab;
use crate::process;

/// With this word `dist` says that the stage is verified: what follows is the engine's work.
const VERIFIED: &str = "Verified";

/// Left out, with the reason, where no private engine can be started.
pub fn cold(sandbox: &Sandbox, runs: usize) -> Result<Option<Measured>> {
    if let Some(reason) = debian::unsuitable() {
        eprintln!("left out: {reason}");
        return Ok(None);
    }
    sandbox.bare()?;
    sandbox.time("dist, to be up to date", &mut sandbox.dist()?)?;
    let lab = Lab::start()?;
    let (ours, theirs) = in_turns(
        runs,
        |_| {
            remove(&sandbox.root.join("target/dist/layers"))?;
            deliver(sandbox, "builtin", &mut sandbox.dist()?)
        },
        |_| {
            let mut prune = sandbox.command("docker")?;
            sandbox.time("prune", lab.serve(prune.args(["buildx", "prune", "--all", "--force"]))?)?;
            deliver(sandbox, "buildx", lab.serve(&mut sandbox.dist()?)?)
        },
    )?;
    lab.stop()?;
    let row = Row {
        what: "the archive by `builtin`, no layer kept".to_owned(),
        ours,
        against: "the archive by `buildx`, its cache pruned".to_owned(),
        theirs,
        limit: Some(Limit::Ratio(1.0 / 3.0)),
    };
    Ok(Some(Measured { rows: vec![row], notes: Vec::new() }))
}

/// How long `dist` takes from the verified stage to its end.
fn deliver(sandbox: &Sandbox, engine: &str, dist: &mut Command) -> Result<Sample> {
    let log = sandbox.beside("log.txt")?;
    let mut output = fs_err::File::create(&log)?;
    dist.args(["--engine", engine]).stdout(Stdio::null());
    let mut verified = None;
    let ended = process::run_seeing_errors(dist, |line| {
        if line.contains(VERIFIED) {
            verified = Some(Instant::now());
        }
        Ok(writeln!(output, "{line}")?)
    });
    let end = Instant::now();
    if let Err(error) = ended {
        bail!("{engine}: {error:#}\n{}", tail(&log));
    }
    let clock = end - verified.with_context(|| format!("dist did not say {VERIFIED:?}"))?;
    // Processors' time is known of whole commands only, and most of buildx's work is the engine's.
    let sample = Sample { clock, cpu: None };
    say(&format!("the image by {engine}"), sample);
    Ok(sample)
}
