//! `cargo ci programs`: builds programs that are published as crates for all six targets, with the same code as
//! `cargo xtask dist`, and lets each do a task where this machine can run it.

mod manifest;
mod results;
mod server;
mod source;
mod table;

use std::collections::BTreeMap;

use anyhow::{Result, bail};
use camino::Utf8Path;

use crate::compatibility::build::build_all;
use crate::compatibility::page;
use crate::compatibility::reason;
use crate::compatibility::report::{Cell, Report};
use crate::compatibility::runner::{self, Task};
use crate::compatibility::status::{Status, Tried};
use crate::{interrupt, windows_arm64, workspace};
use manifest::Program;
use results::Outcome;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Try only these programs; default: all
    names: Vec<String>,
    /// Fail if one of them fails, and do not write the results
    #[arg(long)]
    strict: bool,
    /// Also run them for Windows on arm64, on an emulated system
    #[arg(long)]
    windows_arm64: bool,
}

/// Tries the programs, one after the other, and writes their part of docs/compatibility.md.
pub(crate) fn run(args: &Args) -> Result<()> {
    interrupt::install()?;
    let folder = workspace::ci().join("programs");
    let file = folder.join("results.json");
    let manifest = manifest::read(&folder)?;
    let server = server::start()?;
    for (name, program) in manifest::select(&manifest, &args.names)? {
        let tried = try_one(&name, &program, &server, args.windows_arm64)?;
        if args.strict {
            fail_with(&name, &tried)?;
            continue;
        }
        // Another run may have written results in the meantime.
        let mut results = results::read(&file)?;
        results.insert(name, Outcome { version: program.version, tried });
        fs_err::write(&file, serde_json::to_vec_pretty(&results)?)?;
        page::write_programs(&table::render(&manifest, &results))?;
    }
    Ok(())
}

fn fail_with(name: &str, tried: &BTreeMap<String, Tried>) -> Result<()> {
    let failed = tried.iter().filter_map(|(target, tried)| match &tried.status {
        Status::Fails { reason } => Some(format!("{name} for {target}: {reason}")),
        _ => None,
    });
    let failed: Vec<_> = failed.collect();
    if !failed.is_empty() {
        bail!("a program that has worked before fails now:\n  {}", failed.join("\n  "));
    }
    Ok(())
}

/// Builds the program and runs it. What was compiled is removed afterwards, because it takes gigabytes.
fn try_one(name: &str, program: &Program, server: &str, emulate: bool) -> Result<BTreeMap<String, Tried>> {
    let folder = workspace::root().join("target/programs").join(name);
    source::write(name, program, &folder)?;
    let report = build_all(workspace::root(), &folder)?;
    let task = Task {
        files: program.files.clone(),
        args: program.args.iter().map(|arg| arg.replace("{server}", server)).collect(),
        expect: program.expect.clone(),
    };
    let mut tried = BTreeMap::new();
    for cell in &report.cells {
        let status = match &cell.path {
            Some(path)
                if cell.findings.is_empty() && emulate && cell.target.starts_with("aarch64-pc-windows") =>
            {
                on_windows_arm64(path, program)?
            }
            _ => status(cell, &report, &task)?,
        };
        eprintln!("{name:12}{:28}{:10}{status:?}", cell.target, cell.linker);
        tried.insert(cell.target.clone(), Tried { linker: cell.linker.clone(), status });
    }
    fs_err::remove_dir_all(&folder)?;
    Ok(tried)
}

fn status(cell: &Cell, report: &Report, task: &Task) -> Result<Status> {
    Ok(match (&cell.path, cell.findings.as_slice()) {
        (Some(path), []) => runner::run(&cell.target, path, task)?,
        (Some(_), findings) => Status::Fails { reason: findings.join("; ") },
        (None, _) => {
            let packages: Vec<_> = report.errors.iter().map(|error| error.package.clone()).collect();
            Status::Fails { reason: reason::find(report, &packages, &cell.target) }
        }
    })
}

/// The emulated system has neither the files nor the server of a task, so a program that needs them only prints its version.
fn on_windows_arm64(path: &Utf8Path, program: &Program) -> Result<Status> {
    let is_self_contained =
        program.files.is_empty() && program.args.iter().all(|arg| !arg.contains("{server}"));
    let (args, expect) = if is_self_contained {
        (program.args.clone(), program.expect.as_str())
    } else {
        (vec!["--version".to_owned()], program.version.as_str())
    };
    let by = "wine on an emulated system".to_owned();
    Ok(match windows_arm64::run_one(path, args)? {
        (0, stdout) if stdout.contains(expect) => Status::Runs { by },
        (code, _) => {
            Status::Fails { reason: format!("run by {by}: exit code {code}, or without {expect:?}") }
        }
    })
}
