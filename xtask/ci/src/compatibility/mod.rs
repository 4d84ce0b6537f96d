//! `cargo ci compatibility`: builds popular crates for all six targets, with the same code as `cargo xtask dist`.
//!
//! The folder `compatibility/` has the crates with exact versions, their lock file, and a small program for each. Programs
//! that this machine can run are run. A failure is in the table with its reason. A crate that was not tried is not in the
//! table.

mod manifest;
mod project;
mod reason;
mod report;
mod results;
mod runner;
mod status;
mod table;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;
use sixfold_base::program::FOR_THIS_MACHINE;

use crate::{interrupt, process, workspace};
use manifest::Manifest;
use project::Project;
use report::Report;
use results::Results;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Try only these crates; default: all
    names: Vec<String>,
    /// Update the lock file first
    #[arg(long)]
    update: bool,
    /// Fail if one of them fails, and do not write the table
    #[arg(long)]
    strict: bool,
}

/// Tries the crates and writes docs/compatibility.md with the results of this run and of earlier ones.
pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::install()?;
    let root = workspace::root();
    let manifest = Manifest::read(&workspace::ci().join("compatibility"))?;
    let names = manifest.selected(&args.names)?;
    let project = Project::write(&manifest, &names, &root.join("target/compatibility"), args.update)?;
    let mut results = Results::read(&project.folder.join("results.json"))?;
    results.add(&names, &project, &build_all(root, &project)?)?;
    results.write()?;
    if args.strict {
        return fail_with(&results.failures(&names));
    }
    let table = table::render(&manifest, &project, &results);
    fs_err::write(root.join("docs/compatibility.md"), table)?;
    eprintln!("wrote docs/compatibility.md");
    Ok(())
}

fn fail_with(failures: &[String]) -> Result<()> {
    if !failures.is_empty() {
        bail!("crates that have worked before fail now:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

/// Runs the tool, which builds every program for every target. The output of cargo is shown, and searched for the reasons
/// of failures.
fn build_all(root: &Utf8Path, project: &Project) -> Result<Report> {
    let answer = project.folder.join("each-cell.json");
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    cargo.args(["run", "--quiet", "--package", "xtask", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.args(FOR_THIS_MACHINE);
    cargo.args(["--", "each-cell", "--locked", "--profile", project::PROFILE]);
    cargo.current_dir(&project.folder).stdout(fs_err::File::create(&answer)?.into_file());
    let mut log = String::new();
    let built = process::run_with_stderr(&mut cargo, |line| {
        eprintln!("{line}");
        log.push_str(line);
        log.push('\n');
        Ok(())
    });
    built.with_context(|| format!("the tool failed: {}", last_lines(&log)))?;
    let mut report: Report =
        serde_json::from_str(&fs_err::read_to_string(&answer)?).context("cannot read the tool's report")?;
    report.errors.extend(reason::build_scripts(&log));
    Ok(report)
}

fn last_lines(text: &str) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(10)..].join("\n")
}
