//! `cargo ci` without a subcommand: every step in order, up to the first that fails, then what became of each.
//!
//! Invariant: a step that cannot run on this machine is named, with the reason, and is no failure; a step that runs and
//! fails stops the run. The closing lines of the test runners are printed again at the very end.

use std::time::Duration;

use anyhow::bail;
use camino::{Utf8Path, Utf8PathBuf};

use crate::interrupt;
use crate::process;
use crate::section::Section;
use crate::steps::{self, Outcome, Step};

#[derive(clap::Args)]
pub struct Args {
    /// Run this step only (repeatable)
    #[arg(long, value_name = "STEP", value_parser = step_name)]
    only: Vec<String>,
    /// Leave this step out (repeatable)
    #[arg(long, value_name = "STEP", value_parser = step_name)]
    skip: Vec<String>,
    /// Show the steps and run none
    #[arg(long)]
    list: bool,
    /// Run only the end-to-end tests whose names hold one of these
    #[arg(last = true, value_name = "TEST")]
    tests: Vec<String>,
}

/// What a step works with, and what the steps leave for the end.
pub struct Workshop {
    /// The folder of the workspace.
    pub root: Utf8PathBuf,
    /// The end-to-end tests asked for; none means all.
    pub tests: Vec<String>,
    /// The lines with which test runners sum up.
    pub closing: Vec<String>,
}

enum Fate {
    Passed(Duration),
    LeftOut(String),
    Failed(Duration),
    NotReached,
}

impl Args {
    pub fn run(self) -> anyhow::Result<()> {
        if self.list {
            steps::ALL.iter().for_each(|step| println!("{:<10} {}", step.name, step.about));
            return Ok(());
        }
        interrupt::install()?;
        let mut workshop =
            Workshop { root: workspace_root()?, tests: self.tests.clone(), closing: Vec::new() };
        let mut failure = None;
        let mut fates = Vec::new();
        for step in steps::ALL.iter().filter(|step| self.wants(step)) {
            let fate = match failure {
                Some(_) => Fate::NotReached,
                None => run_step(step, &mut workshop, &mut failure),
            };
            fates.push((step.name, fate));
        }
        summarize(&fates, &workshop.closing);
        match failure {
            None => Ok(()),
            Some((step, error)) => Err(error.context(format!("step {step} failed"))),
        }
    }

    fn wants(&self, step: &Step) -> bool {
        let named = |list: &[String]| list.iter().any(|name| name == step.name);
        (self.only.is_empty() || named(&self.only)) && !named(&self.skip)
    }
}

fn run_step(
    step: &Step,
    workshop: &mut Workshop,
    failure: &mut Option<(&'static str, anyhow::Error)>,
) -> Fate {
    let section = Section::new(step.name, step.about);
    match (step.run)(workshop) {
        Ok(Outcome::Passed) => Fate::Passed(section.elapsed()),
        Ok(Outcome::LeftOut(reason)) => {
            eprintln!("left out: {reason}");
            Fate::LeftOut(reason)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            *failure = Some((step.name, error));
            Fate::Failed(section.elapsed())
        }
    }
}

fn summarize(fates: &[(&str, Fate)], closing: &[String]) {
    eprintln!("\n== summary");
    for (name, fate) in fates {
        match fate {
            Fate::Passed(time) => eprintln!("{name:<10} passed    {:>7.1} s", time.as_secs_f64()),
            Fate::LeftOut(reason) => eprintln!("{name:<10} left out  {reason}"),
            Fate::Failed(time) => eprintln!("{name:<10} FAILED    {:>7.1} s", time.as_secs_f64()),
            Fate::NotReached => eprintln!("{name:<10} not reached"),
        }
    }
    closing.iter().for_each(|line| println!("{line}"));
}

fn step_name(text: &str) -> anyhow::Result<String> {
    if !steps::ALL.iter().any(|step| step.name == text) {
        let names: Vec<&str> = steps::ALL.iter().map(|step| step.name).collect();
        bail!("no such step; the steps are {}", names.join(", "));
    }
    Ok(text.to_owned())
}

fn workspace_root() -> anyhow::Result<Utf8PathBuf> {
    let mut cargo = process::command("cargo", "install Rust with rustup")?;
    let manifest = process::read(cargo.args(["locate-project", "--workspace", "--message-format", "plain"]))?;
    let root = Utf8Path::new(manifest.trim()).parent();
    Ok(root.map(Utf8Path::to_owned).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let args = Args { only: owned(only), skip: owned(skip), list: false, tests: Vec::new() };
        steps::ALL.iter().filter(|step| args.wants(step)).map(|step| step.name).collect()
    }

    #[test]
    fn steps_are_chosen_by_name() {
        assert_eq!(wanted(&["e2e", "fmt"], &[]), ["fmt", "e2e"]);
        assert_eq!(wanted(&["e2e", "fmt"], &["fmt"]), ["e2e"]);
        assert_eq!(wanted(&[], &[]).len(), steps::ALL.len());
    }

    #[test]
    fn a_name_that_is_no_step_is_refused() {
        assert!(step_name("fmt").is_ok());
        assert!(step_name("format").unwrap_err().to_string().contains("fmt"));
    }
}
