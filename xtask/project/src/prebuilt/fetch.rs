//! The crate `fetch`, built when it is first needed and run beside this program: all that needs TLS is in it.

use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use super::progress::Progress;
use super::protocol::{Event, Request};
use crate::companion::Companion;
use sixfold_base::lookup::Lookup;
use sixfold_base::process;
use sixfold_base::terminal;

/// Serves the request.
///
/// Fails with every item that has failed, and why.
pub fn get(request: &Request, lookup: Lookup) -> Result<()> {
    let mut command = command(lookup)?;
    command.arg("get");
    let mut heard = Heard::new(request.items.len(), Instant::now());
    let input = serde_json::to_string(request)?;
    let status = process::stream(command, &input, "fetch prebuilt programs", |line| {
        let event = serde_json::from_str(line).context("fetch says what this program does not understand")?;
        if let Some(line) = heard.hear(event, Instant::now()) {
            terminal::step("Fetching", line);
        }
        Ok(())
    })?;
    if !status.success() {
        bail!("cannot fetch prebuilt programs: fetch ended with {status}; what it said is above");
    }
    heard.end()
}

/// Runs it on behalf of the user, who reads what it says. Whether it has done what it was asked for.
pub fn show(command: Command, purpose: &str) -> Result<bool> {
    Ok(process::stream(command, "", purpose, |_| Ok(()))?.success())
}

/// A call of `fetch`, which is built unless that is done.
pub fn command(lookup: Lookup) -> Result<Command> {
    Companion { name: "fetch", what: "what downloads prebuilt programs" }.command(lookup)
}

/// What has been heard of the items of a request. That a download starts and ends, `fetch` tells people itself; how far all
/// are, it tells us.
struct Heard {
    waiting: usize,
    progress: Progress,
    failed: Vec<String>,
}

impl Heard {
    fn new(waiting: usize, now: Instant) -> Self {
        Self { waiting, progress: Progress::new(now), failed: vec![] }
    }

    /// Gives the line that people should see.
    fn hear(&mut self, event: Event, now: Instant) -> Option<String> {
        let line = self.progress.hear(&event, now);
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

    fn end(self) -> Result<()> {
        if !self.failed.is_empty() {
            bail!("cannot fetch prebuilt programs:{}", self.failed.concat());
        }
        match self.waiting {
            0 => Ok(()),
            left => bail!("fetch has ended without a word about {left} prebuilt programs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_heard_is_shown_counted_and_told() {
        let start = Instant::now();
        let mut heard = Heard::new(2, start);
        let later = start + Duration::from_secs(60);
        let event = |bytes| Event::Progress { id: "tool linux-arm64".to_owned(), bytes, total: Some(200) };
        assert_eq!(heard.hear(event(10), start), None);
        assert_eq!(heard.hear(event(50), later).unwrap(), "tool linux-arm64 25 % of 200 B");
        let failed =
            Event::Failed { id: "tool linux-arm64".to_owned(), message: "the line is cut".to_owned() };
        assert_eq!(heard.hear(failed, later), None);
        assert_eq!(heard.waiting, 1);
        let error = heard.end().unwrap_err().to_string();
        assert!(error.contains("tool linux-arm64: the line is cut"), "{error}");
    }
}
