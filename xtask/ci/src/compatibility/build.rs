//! Builds every binary of an extension for every target, with the code of `cargo xtask dist`, and goes on after failures.

use std::process::Command;

use anyhow::{Context as _, Result};
use camino::Utf8Path;
use sixfold_base::program::FOR_THIS_MACHINE;

use super::project::PROFILE;
use super::reason;
use super::report::Report;
use crate::process;

/// A command of the tool, in the folder of an extension. Everything is compiled below that folder.
pub(crate) fn tool(root: &Utf8Path, folder: &Utf8Path, name: &str, args: &[&str]) -> Result<Command> {
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    cargo.args(["run", "--quiet", "--package", "xtask", "--manifest-path", root.join("Cargo.toml").as_str()]);
    cargo.args(FOR_THIS_MACHINE).args(["--", name, "--locked", "--profile", PROFILE]).args(args);
    cargo.current_dir(folder);
    Ok(cargo)
}

/// Runs the tool, which builds every program for every target. The output of cargo is shown, and searched for the reasons
/// of failures.
pub(crate) fn build_all(root: &Utf8Path, folder: &Utf8Path) -> Result<Report> {
    let answer = folder.join("each-cell.json");
    let mut cargo = tool(root, folder, "each-cell", &[])?;
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
