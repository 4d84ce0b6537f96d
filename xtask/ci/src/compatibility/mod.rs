//! `cargo ci compatibility`: popular crates against the six targets, through the very code that `cargo xtask dist` runs.
//!
//! `compatibility/` holds what is tried: exact versions, their lock file and a small program for each crate. A program
//! that this machine can run is run. What fails is written into the table with its reason; what was not tried is not
//! in the table.

mod manifest;
mod project;
mod reason;
mod results;
mod runner;
mod table;

use std::fs::File;
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use crate::process;
use manifest::Manifest;
use project::Project;
use results::{Outcome, Results};

#[derive(clap::Args)]
pub struct Args {
    /// Try these only; default: all
    names: Vec<String>,
    /// Use the versions of the lock file's next update
    #[arg(long)]
    update: bool,
    /// Write no table, and fail where one of them fails
    #[arg(long)]
    strict: bool,
}

/// Tries the crates and writes docs/compatibility.md from the results of this run and of those before it.
pub fn run(args: &Args) -> Result<()> {
    let here = Utf8Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.parent().and_then(Utf8Path::parent).context("the ci crate stands in no workspace")?;
    let manifest = Manifest::read(&here.join("compatibility"))?;
    let names = manifest.chosen(&args.names)?;
    let project = Project::write(&manifest, &names, &root.join("target/compatibility"), args.update)?;
    let mut results = Results::read(&project.folder.join("results.json"))?;
    let outcome = each_cell(root, &project)?;
    results.add(&names, &project, outcome)?;
    results.write()?;
    if args.strict {
        return refuse(&results.failures(&names));
    }
    let table = table::render(&manifest, &project, &results);
    fs_err::write(root.join("docs/compatibility.md"), table)?;
    eprintln!("docs/compatibility.md is written");
    Ok(())
}

fn refuse(failures: &[String]) -> Result<()> {
    match failures {
        [] => Ok(()),
        _ => bail!("these are known to work, and failed:\n  {}", failures.join("\n  ")),
    }
}

/// Has the tool build every program for every target; cargo's own output goes into a file beside the project.
fn each_cell(root: &Utf8Path, project: &Project) -> Result<Outcome> {
    let log = project.folder.join("each-cell.log");
    eprintln!("building; what cargo says is in {log}");
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    cargo.args(["run", "--quiet", "--package", "xtask", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.args(["--", "each-cell", "--locked", "--profile", project::PROFILE]);
    cargo.current_dir(&project.folder).stdin(Stdio::null()).stderr(File::create(&log)?);
    let output = cargo.output().context("cargo does not start")?;
    let said = fs_err::read_to_string(&log)?;
    if !output.status.success() {
        bail!("the tool ended with {}: {}", output.status, last_lines(&said));
    }
    let mut outcome: Outcome =
        serde_json::from_slice(&output.stdout).context("the tool prints no outcome")?;
    outcome.errors.extend(reason::build_scripts(&said));
    Ok(outcome)
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
