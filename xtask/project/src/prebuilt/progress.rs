//! The progress of downloads: one line for all of them every few seconds, so that the log of a CI run stays short.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sixfold_base::terminal;

use super::protocol::Event;

/// The time before the first line, and between two. A shorter download has a line when it starts and one when it ends.
const PAUSE: Duration = Duration::from_secs(5);

/// The downloads in progress.
#[derive(Debug)]
pub struct Progress {
    /// By id: the bytes received, and the total if it is known.
    running: BTreeMap<String, (u64, Option<u64>)>,
    next: Instant,
}

impl Progress {
    /// For downloads that start at `now`.
    pub fn new(now: Instant) -> Self {
        Self { running: BTreeMap::new(), next: now + PAUSE }
    }

    /// Records an event, and shows the progress of all downloads if a line is due.
    pub fn show(&mut self, event: &Event) {
        if let Some(line) = self.add(event, Instant::now()) {
            terminal::step("Fetching", line);
        }
    }

    /// Records an event. Returns a line, if one is due.
    pub(super) fn add(&mut self, event: &Event, now: Instant) -> Option<String> {
        match event {
            Event::Progress { id, bytes, total } => {
                self.running.insert(id.clone(), (*bytes, *total));
            }
            Event::Done { id, .. } | Event::Failed { id, .. } => {
                self.running.remove(id);
            }
        }
        if now < self.next || self.running.is_empty() {
            return None;
        }
        self.next = now + PAUSE;
        let all = self.running.iter().map(|(id, (bytes, total))| format!("{id} {}", state(*bytes, *total)));
        Some(all.collect::<Vec<_>>().join(", "))
    }
}

fn state(bytes: u64, total: Option<u64>) -> String {
    match total.filter(|total| *total > 0) {
        Some(total) => {
            format!("{} % of {}", u128::from(bytes) * 100 / u128::from(total), terminal::size(total))
        }
        None => terminal::size(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(id: &str, bytes: u64, total: Option<u64>) -> Event {
        Event::Progress { id: id.to_owned(), bytes, total }
    }

    #[test]
    fn one_line_shows_all_downloads_every_few_seconds() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut progress = Progress::new(start);
        assert_eq!(progress.add(&reached("jq linux-amd64", 5_000_000, None), at(4)), None);
        let kubectl = |bytes| reached("kubectl linux-arm64", bytes, Some(50_200_000));
        let line = progress.add(&kubectl(25_100_000), at(5)).unwrap();
        assert_eq!(line, "jq linux-amd64 5.0 MB, kubectl linux-arm64 50 % of 50.2 MB");
        assert_eq!(progress.add(&kubectl(30_000_000), at(9)), None, "not yet");
        let failed = Event::Failed { id: "jq linux-amd64".to_owned(), message: String::new() };
        let line = progress.add(&failed, at(10)).unwrap();
        assert_eq!(line, "kubectl linux-arm64 59 % of 50.2 MB");
        let failed = Event::Failed { id: "kubectl linux-arm64".to_owned(), message: String::new() };
        assert_eq!(progress.add(&failed, at(20)), None, "no download is in progress");
    }
}
