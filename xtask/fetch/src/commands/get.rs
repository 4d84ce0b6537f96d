//! `fetch get`: serves one request of `xtask`, as [`sixfold_project::prebuilt::protocol`] describes.

use std::collections::BTreeSet;
use std::io::{Write as _, read_to_string, stdin, stdout};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sixfold_project::prebuilt::protocol::{Event, Item, Request};

use crate::fetcher::Fetcher;
use crate::web::Policy;

#[derive(clap::Args)]
pub(crate) struct Get {
    /// How often to try a download
    #[arg(long, value_name = "N", default_value_t = Policy::default().attempts)]
    attempts: u32,
    /// The pause before the second attempt, in seconds; it doubles before each further one
    #[arg(long, value_name = "SECONDS", default_value_t = Policy::default().pause.as_secs_f32())]
    pause: f32,
    /// The longest time for which a server may send nothing, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Policy::default().read_timeout.as_secs_f32())]
    timeout: f32,
}

impl Get {
    pub(crate) fn run(self) -> Result<()> {
        let text = read_to_string(stdin()).context("cannot read the request")?;
        let request: Request = serde_json::from_str(&text).context("cannot parse the request")?;
        check_distinct(&request.items)?;
        let fetcher = Fetcher::new(&request.cache, request.offline, self.policy()?)?;
        // Events carry the results.
        fetcher.fetch_all(&request.items, &print_event);
        Ok(())
    }

    fn policy(&self) -> Result<Policy> {
        let seconds = |value| Duration::try_from_secs_f32(value).context("cannot use this number of seconds");
        let (pause, read_timeout) = (seconds(self.pause)?, seconds(self.timeout)?);
        Ok(Policy { attempts: self.attempts, pause, read_timeout, ..Policy::default() })
    }
}

/// Prints one line. If the reader is gone, the work continues, because downloads are cached for the next run.
fn print_event(event: Event) {
    if let Ok(line) = serde_json::to_string(&event) {
        let mut out = stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// Ids must be distinct because they identify the results, and paths because items must not overwrite each other's
/// files.
fn check_distinct(items: &[Item]) -> Result<()> {
    let (mut ids, mut paths) = (BTreeSet::new(), BTreeSet::new());
    for item in items {
        ensure!(ids.insert(&item.id), "two items have the id {}", item.id);
        for file in &item.files {
            let path = item.into.join(&file.name);
            ensure!(paths.insert(path.as_str().to_lowercase()), "two items write {path}");
        }
    }
    Ok(())
}
