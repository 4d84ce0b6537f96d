//! The crate `fetch`, built when it is first needed and run beside this program: all that needs TLS is in it.

use std::process::Command;

use anyhow::{Context as _, Result, bail};
use camino::Utf8PathBuf;

use super::protocol::{Event, Request};
use crate::companion::Companion;
use crate::process;
use crate::project::Lookup;

/// Serves the request.
///
/// Fails with every item that has failed, and why.
pub fn get(request: &Request, lookup: Lookup) -> Result<()> {
    let mut command = Command::new(program(lookup)?);
    command.arg("get");
    let mut heard = Heard { waiting: request.items.len(), failed: vec![] };
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

/// What has been heard of the items of a request. How downloads go on, `fetch` tells people itself.
struct Heard {
    waiting: usize,
    failed: Vec<String>,
}

impl Heard {
    fn hear(&mut self, event: Event) {
        match event {
            Event::Progress { .. } => {}
            Event::Done { .. } => self.waiting = self.waiting.saturating_sub(1),
            Event::Failed { id, message } => {
                self.waiting = self.waiting.saturating_sub(1);
                self.failed.push(format!("\n  {id}: {message}"));
            }
        }
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
