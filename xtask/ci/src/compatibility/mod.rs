//! `cargo ci compatibility`: builds popular crates for all six targets, with the same code as `cargo xtask dist`.
//!
//! The folder `compatibility/` has the crates with exact versions, their lock file, and a small program for each. Programs
//! that this machine can run are run. A failure is in the table with its reason. A crate that was not tried is not in the
//! table.

pub(crate) mod build;
mod manifest;
pub(crate) mod page;
pub(crate) mod project;
pub(crate) mod reason;
pub(crate) mod report;
mod results;
pub(crate) mod runner;
pub(crate) mod status;
pub(crate) mod table;

use std::collections::BTreeSet;

use anyhow::{Context, Result, bail};
use camino::Utf8Path;

use crate::{interrupt, process, workspace};
use build::{build_all, tool};
use manifest::Manifest;
use project::Project;
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
    /// Link Windows with this linker, whatever the tool would choose. The results are shown, but not written
    #[arg(long)]
    linker: Option<String>,
}

/// Tries the crates and writes docs/compatibility.md with the results of this run and of earlier ones.
pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::install()?;
    let root = workspace::root();
    let manifest = Manifest::read(&workspace::ci().join("compatibility"))?;
    let names = manifest.selected(&args.names)?;
    let project = Project::write(&manifest, &root.join("target/compatibility"), args.update)?;
    let mut results = Results::read(&manifest.folder.join("results.json"))?;
    let linker = args.linker.as_deref();
    project.configure(&names, &args.hosts, linker)?;
    for group in with_and_without_c(root, &project, &names)? {
        project.configure(&group, &args.hosts, linker)?;
        results.add(&project, &build_all(root, &project.folder)?)?;
    }
    if args.strict {
        return fail_with(&results.failures(&names));
    }
    if linker.is_some() {
        return Ok(());
    }
    results.write()?;
    page::write_crates(&table::render(&manifest, &project, &results))
}

fn fail_with(failures: &[String]) -> Result<()> {
    if !failures.is_empty() {
        bail!("crates that have worked before fail now:\n  {}", failures.join("\n  "));
    }
    Ok(())
}

/// The names in two groups, because C code in one program decides which linker all programs for Windows get.
fn with_and_without_c(root: &Utf8Path, project: &Project, names: &[String]) -> Result<Vec<Vec<String>>> {
    let shown = process::read_stdout(&mut tool(root, &project.folder, "plan", &["--format", "json"])?)?;
    let plan: report::Plan = serde_json::from_str(&shown).context("cannot read the plan")?;
    let of_windows = plan.targets.into_iter().filter(|target| target.target.contains("windows"));
    let c: BTreeSet<_> = of_windows.filter_map(|target| target.c).flat_map(|c| c.crates).collect();
    let has_c = |name: &&String| project.crates(&format!("{name}-program")).iter().any(|it| c.contains(it));
    let (with, without): (Vec<_>, Vec<_>) = names.iter().partition(has_c);
    let groups = [without, with].into_iter().filter(|group| !group.is_empty());
    Ok(groups.map(|group| group.into_iter().cloned().collect()).collect())
}
