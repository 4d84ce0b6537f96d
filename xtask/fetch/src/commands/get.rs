//! `fetch get`: serves one request of `xtask`, by [`sixfold_project::prebuilt::protocol`].

use std::collections::BTreeSet;
use std::io::{Write as _, read_to_string, stdin, stdout};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use sixfold_project::prebuilt::protocol::{Event, Item, Request};

use crate::fetcher::Fetcher;
use crate::web::Patience;

#[derive(clap::Args)]
pub struct Get {
    /// How many attempts in a row may fail
    #[arg(long, value_name = "N", default_value_t = Patience::default().attempts)]
    attempts: u32,
    /// Pause before the second attempt, in seconds; doubled for each further one
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().pause.as_secs_f32())]
    pause: f32,
    /// How long a server may be silent, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().silence.as_secs_f32())]
    silence: f32,
}

impl Get {
    pub fn run(self) -> Result<()> {
        let text = read_to_string(stdin()).context("cannot read the request")?;
        let request: Request = serde_json::from_str(&text).context("the request is malformed")?;
        must_differ(&request.items)?;
        let fetcher = Fetcher::new(&request.cache, request.offline, self.patience()?)?;
        fetcher.get_all(&request.items, &say);
        Ok(())
    }

    fn patience(&self) -> Result<Patience> {
        let seconds = |value| Duration::try_from_secs_f32(value).context("that is no number of seconds");
        let (pause, silence) = (seconds(self.pause)?, seconds(self.silence)?);
        Ok(Patience { attempts: self.attempts, pause, silence, ..Patience::default() })
    }
}

/// One line. When nobody listens any more, the work goes on: what it brings is kept for the next run.
fn say(event: Event) {
    if let Ok(line) = serde_json::to_string(&event) {
        let mut out = stdout().lock();
        let _ = writeln!(out, "{line}").and_then(|()| out.flush());
    }
}

/// Answers are told apart by ids, and files of different items must not replace each other.
fn must_differ(items: &[Item]) -> Result<()> {
    let (mut ids, mut places) = (BTreeSet::new(), BTreeSet::new());
    for item in items {
        ensure!(ids.insert(&item.id), "two items are called {}", item.id);
        for file in &item.files {
            let place = item.into.join(&file.name);
            ensure!(places.insert(place.as_str().to_lowercase()), "two items write {place}");
        }
    }
    Ok(())
}
