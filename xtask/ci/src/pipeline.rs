//! `cargo ci` without a subcommand: runs the steps in order until one fails, then prints a summary.
//!
//! Invariant: a step that cannot run on this machine is skipped, with the reason, and does not fail the run. A step that
//! fails stops the run. The totals of the test runners are printed again at the very end.

use std::time::Duration;

use anyhow::bail;

use crate::interrupt;
use crate::section::Section;
use crate::step::{Outcome, Session, Step};
use crate::steps;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Run only this step (repeatable)
    #[arg(long, value_name = "STEP", value_parser = step_name)]
    only: Vec<String>,
    /// Skip this step (repeatable)
    #[arg(long, value_name = "STEP", value_parser = step_name)]
    skip: Vec<String>,
    /// List the steps without running them
    #[arg(long)]
    list: bool,
    /// Run only the end-to-end tests whose names contain one of these
    #[arg(last = true, value_name = "TEST")]
    tests: Vec<String>,
}

enum Status {
    Passed(Duration),
    Skipped(String),
    Failed(Duration),
    NotReached,
}

impl Args {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        if self.list {
            steps::ALL.iter().for_each(|step| println!("{:<10} {}", step.name, step.about));
            return Ok(());
        }
        interrupt::install()?;
        let mut session = Session { test_filters: self.tests.clone(), ..Session::default() };
        let mut failure = None;
        let mut statuses = Vec::new();
        for step in steps::ALL.iter().filter(|step| self.includes(step)) {
            let status = match failure {
                Some(_) => Status::NotReached,
                None => run_step(step, &mut session, &mut failure),
            };
            statuses.push((step.name, status));
        }
        summarize(&statuses, &session.totals);
        match failure {
            None => Ok(()),
            Some((step, error)) => Err(error.context(format!("step {step} failed"))),
        }
    }

    fn includes(&self, step: &Step) -> bool {
        let names_it = |list: &[String]| list.iter().any(|name| name == step.name);
        (self.only.is_empty() || names_it(&self.only)) && !names_it(&self.skip)
    }
}

fn run_step(
    step: &Step,
    session: &mut Session,
    failure: &mut Option<(&'static str, anyhow::Error)>,
) -> Status {
    let section = Section::new(step.name, step.about);
    match (step.run)(session) {
        Ok(Outcome::Passed) => Status::Passed(section.elapsed()),
        Ok(Outcome::Skipped(reason)) => {
            eprintln!("skipped: {reason}");
            Status::Skipped(reason)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            *failure = Some((step.name, error));
            Status::Failed(section.elapsed())
        }
    }
}

fn summarize(statuses: &[(&str, Status)], totals: &[String]) {
    eprintln!("\n== summary");
    for (name, status) in statuses {
        match status {
            Status::Passed(time) => eprintln!("{name:<10} passed      {:>7.1} s", time.as_secs_f64()),
            Status::Skipped(reason) => eprintln!("{name:<10} skipped     {reason}"),
            Status::Failed(time) => eprintln!("{name:<10} FAILED      {:>7.1} s", time.as_secs_f64()),
            Status::NotReached => eprintln!("{name:<10} not reached"),
        }
    }
    totals.iter().for_each(|line| println!("{line}"));
}

fn step_name(text: &str) -> anyhow::Result<String> {
    if !steps::ALL.iter().any(|step| step.name == text) {
        let names: Vec<&str> = steps::ALL.iter().map(|step| step.name).collect();
        bail!("there is no such step; the steps are {}", names.join(", "));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn included(only: &[&str], skip: &[&str]) -> Vec<&'static str> {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        let args = Args { only: owned(only), skip: owned(skip), list: false, tests: Vec::new() };
        steps::ALL.iter().filter(|step| args.includes(step)).map(|step| step.name).collect()
    }

    #[test]
    fn steps_are_selected_by_name() {
        assert_eq!(included(&["e2e", "fmt"], &[]), ["fmt", "e2e"]);
        assert_eq!(included(&["e2e", "fmt"], &["fmt"]), ["e2e"]);
        assert_eq!(included(&[], &[]).len(), steps::ALL.len());
    }

    #[test]
    fn the_error_for_an_unknown_step_lists_the_steps() {
        assert!(step_name("fmt").is_ok());
        assert!(step_name("format").unwrap_err().to_string().contains("fmt"));
    }
}
