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

use std::collections::BTreeSet;
use std::process::Command;

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
    /// Build only for this host; may be repeated
    #[arg(long = "host", value_name = "OS", default_values = ["darwin", "windows", "linux"])]
    hosts: Vec<String>,
}

/// Tries the crates and writes docs/compatibility.md with the results of this run and of earlier ones.
pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::install()?;
    let root = workspace::root();
    let manifest = Manifest::read(&workspace::ci().join("compatibility"))?;
    let names = manifest.selected(&args.names)?;
    let project = Project::write(&manifest, &root.join("target/compatibility"), args.update)?;
    let mut results = Results::read(&manifest.folder.join("results.json"))?;
    project.configure(&names, &args.hosts)?;
    for group in with_and_without_c(root, &project, &names)? {
        project.configure(&group, &args.hosts)?;
        results.add(&project, &build_all(root, &project)?)?;
    }
    if args.strict {
        return fail_with(&results.failures(&names));
    }
    results.write()?;
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

/// The names in two groups, because C code in one program decides which linker all programs for Windows get.
fn with_and_without_c(root: &Utf8Path, project: &Project, names: &[String]) -> Result<Vec<Vec<String>>> {
    let shown = process::read_stdout(&mut tool(root, project, "plan", &["--format", "json"])?)?;
    let plan: report::Plan = serde_json::from_str(&shown).context("cannot read the plan")?;
    let of_windows = plan.targets.into_iter().filter(|target| target.target.contains("windows"));
    let c: BTreeSet<_> = of_windows.filter_map(|target| target.c).flat_map(|c| c.crates).collect();
    let has_c = |name: &&String| project.crates(&format!("{name}-program")).iter().any(|it| c.contains(it));
    let (with, without): (Vec<_>, Vec<_>) = names.iter().partition(has_c);
    let groups = [without, with].into_iter().filter(|group| !group.is_empty());
    Ok(groups.map(|group| group.into_iter().cloned().collect()).collect())
}

/// A command of the tool, in the project.
fn tool(root: &Utf8Path, project: &Project, name: &str, args: &[&str]) -> Result<Command> {
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    cargo.args(["run", "--quiet", "--package", "xtask", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.args(FOR_THIS_MACHINE).args(["--", name, "--locked", "--profile", project::PROFILE]).args(args);
    cargo.current_dir(&project.folder);
    Ok(cargo)
}

/// Runs the tool, which builds every program for every target. The output of cargo is shown, and searched for the reasons
/// of failures.
fn build_all(root: &Utf8Path, project: &Project) -> Result<Report> {
    let answer = project.folder.join("each-cell.json");
    let mut cargo = tool(root, project, "each-cell", &[])?;
    cargo.stdout(fs_err::File::create(&answer)?.into_file());
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
