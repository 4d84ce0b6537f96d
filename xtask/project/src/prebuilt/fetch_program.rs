//! Runs the crate `sixfold-fetch`, which contains everything that needs TLS. It is built when it is first needed.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use sixfold_base::lookup::Lookup;
use sixfold_base::process;
use sixfold_base::terminal;

use super::progress::Progress;
use super::protocol::{Event, Request};
use crate::companion::Companion;

/// Has the program serve the request.
///
/// Fails with every item that failed, and the reason.
pub(super) fn get(request: &Request, lookup: Lookup) -> Result<()> {
    let mut command = command(lookup)?;
    command.arg("get");
    let mut answers = Answers::new(request.items.len(), Instant::now());
    let input = serde_json::to_string(request)?;
    let status = process::stream(command, &input, "fetch prebuilt binaries", |line| {
        let event = serde_json::from_str(line).context("the fetch program printed an unknown message")?;
        if let Some(line) = answers.add(event, Instant::now()) {
            terminal::step("Fetching", line);
        }
        Ok(())
    })?;
    if !status.success() {
        bail!(
            "cannot fetch prebuilt binaries: the fetch program ended with {status}; its messages are above"
        );
    }
    answers.finish()
}

/// Runs the program with its messages shown to the user. True if it succeeded.
pub fn show(command: Command, purpose: &str) -> Result<bool> {
    Ok(process::stream(command, "", purpose, |_| Ok(()))?.success())
}

/// Builds the crate, unless it is up to date, and returns a call of its program.
pub fn command(lookup: Lookup) -> Result<Command> {
    Companion { name: "fetch", what: "the program for downloads and registries" }.command(lookup)
}

/// What has been answered so far. The program itself tells the user when a download starts and ends; how far all of them
/// are, it only reports here.
struct Answers {
    waiting: usize,
    progress: Progress,
    failed: Vec<String>,
}

impl Answers {
    fn new(waiting: usize, now: Instant) -> Self {
        Self { waiting, progress: Progress::new(now), failed: vec![] }
    }

    /// Returns a line to show to the user, if one is due.
    fn add(&mut self, event: Event, now: Instant) -> Option<String> {
        let line = self.progress.add(&event, now);
        match event {
            Event::Progress { .. } => {}
            Event::Done { .. } => self.waiting = self.waiting.saturating_sub(1),
            Event::Failed { id, message } => {
                self.waiting = self.waiting.saturating_sub(1);
                self.failed.push(format!("\n  {id}: {}", message.replace('\n', "\n    ")));
            }
        }
        line
    }

    fn finish(self) -> Result<()> {
        if !self.failed.is_empty() {
            bail!("cannot fetch prebuilt binaries:{}", self.failed.concat());
        }
        match self.waiting {
            0 => Ok(()),
            left => bail!("the fetch program ended without an answer for {left} prebuilt binaries"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn answers_are_counted_and_failures_reported() {
        let start = Instant::now();
        let mut answers = Answers::new(2, start);
        let later = start + Duration::from_secs(60);
        let event = |bytes| Event::Progress { id: "tool linux-arm64".to_owned(), bytes, total: Some(200) };
        assert_eq!(answers.add(event(10), start), None);
        assert_eq!(answers.add(event(50), later).unwrap(), "tool linux-arm64 25 % of 200 B");
        let failed =
            Event::Failed { id: "tool linux-arm64".to_owned(), message: "the line is cut".to_owned() };
        assert_eq!(answers.add(failed, later), None);
        assert_eq!(answers.waiting, 1);
        let error = answers.finish().unwrap_err().to_string();
        assert!(error.contains("tool linux-arm64: the line is cut"), "{error}");
    }
}
