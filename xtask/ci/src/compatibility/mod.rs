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

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use crate::{interrupt, process};
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
    interrupt::install()?;
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

/// Has the tool build every program for every target. What cargo says is shown, and kept to be searched for reasons.
fn each_cell(root: &Utf8Path, project: &Project) -> Result<Outcome> {
    let answer = project.folder.join("each-cell.json");
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    cargo.args(["run", "--quiet", "--package", "xtask", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.args(["--", "each-cell", "--locked", "--profile", project::PROFILE]);
    cargo.current_dir(&project.folder).stdout(fs_err::File::create(&answer)?.into_file());
    let mut said = String::new();
    let built = process::run_seeing_errors(&mut cargo, |line| {
        eprintln!("{line}");
        said.push_str(line);
        said.push('\n');
        Ok(())
    });
    built.with_context(|| format!("the tool failed: {}", last_lines(&said)))?;
    let mut outcome: Outcome =
        serde_json::from_str(&fs_err::read_to_string(&answer)?).context("the tool prints no outcome")?;
    outcome.errors.extend(reason::build_scripts(&said));
    Ok(outcome)
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
