//! The crate `fetch`, built when it is first needed and run beside this program: all that needs TLS is in it.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;

use super::protocol::{Event, Request};
use crate::companion::Companion;
use crate::project::Lookup;
use crate::{process, terminal};

/// Between two lines about progress: enough to see that it goes on, and few in the log of a CI run.
const PAUSE: Duration = Duration::from_secs(5);

/// Serves the request.
///
/// Fails with every item that has failed, and why.
pub fn get(request: &Request, lookup: Lookup) -> Result<()> {
    let mut command = Command::new(program(lookup)?);
    command.arg("get");
    let mut heard = Heard::new(request);
    let input = serde_json::to_string(request)?;
    let status = process::converse(command, &input, "fetch prebuilt programs", |line| {
        let event = serde_json::from_str(line).context("fetch says what this program does not understand")?;
        heard.hear(event);
        Ok(())
    })?;
    if !status.success() {
        bail!("cannot fetch prebuilt programs: fetch ended with {status}; what it said is above");
    }
    heard.end()
}

/// Runs it on behalf of the user, who reads what it says. Whether it has done what it was asked for.
pub fn show(command: Command, purpose: &str) -> Result<bool> {
    Ok(process::converse(command, "", purpose, |_| Ok(()))?.success())
}

/// Builds the crate, unless that is done, and returns its program.
pub fn program(lookup: Lookup) -> Result<Utf8PathBuf> {
    Companion { name: "fetch", what: "what downloads prebuilt programs" }.program(lookup)
}

/// What has been heard of the items of a request.
struct Heard {
    /// Bytes that have come and that are expected, of what goes on.
    running: BTreeMap<String, (u64, Option<u64>)>,
    waiting: usize,
    failed: Vec<String>,
    shown: Instant,
}

impl Heard {
    fn new(request: &Request) -> Self {
        Self { running: BTreeMap::new(), waiting: request.items.len(), failed: vec![], shown: Instant::now() }
    }

    fn hear(&mut self, event: Event) {
        match event {
            Event::Progress { id, bytes, total } => {
                self.running.insert(id, (bytes, total));
                self.show();
            }
            Event::Done { id, .. } => self.end_of(&id),
            Event::Failed { id, message } => {
                self.end_of(&id);
                self.failed.push(format!("\n  {id}: {message}"));
            }
        }
    }

    fn end_of(&mut self, id: &str) {
        self.running.remove(id);
        self.waiting = self.waiting.saturating_sub(1);
    }

    fn show(&mut self) {
        if self.shown.elapsed() < PAUSE {
            return;
        }
        self.shown = Instant::now();
        let come = terminal::size(self.running.values().map(|(bytes, _)| bytes).sum());
        let total: Option<u64> = self.running.values().map(|(_, total)| *total).sum();
        let of = total.map(|total| format!(" of {}", terminal::size(total))).unwrap_or_default();
        terminal::step("Fetching", format_args!("{} prebuilt programs: {come}{of}", self.waiting));
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
