//! How far downloads have come: one line for all of them, now and then, so that the log of a CI run stays short.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::protocol::Event;
use sixfold_base::terminal;

/// Before the first line, and between two. What comes sooner has a line when it starts and one when it ends.
const PAUSE: Duration = Duration::from_secs(5);

/// The downloads that are under way.
#[derive(Debug)]
pub struct Progress {
    /// By id: the bytes that are here, and all of them where that is known.
    under_way: BTreeMap<String, (u64, Option<u64>)>,
    next: Instant,
}

impl Progress {
    /// For downloads that start at `now`.
    pub fn new(now: Instant) -> Self {
        Self { under_way: BTreeMap::new(), next: now + PAUSE }
    }

    /// Takes in what has happened to an item, and shows how far all are when that is due.
    pub fn show(&mut self, event: &Event) {
        if let Some(line) = self.hear(event, Instant::now()) {
            terminal::step("Fetching", line);
        }
    }

    /// The line that is due.
    pub(super) fn hear(&mut self, event: &Event, now: Instant) -> Option<String> {
        match event {
            Event::Progress { id, bytes, total } => {
                self.under_way.insert(id.clone(), (*bytes, *total));
            }
            Event::Done { id, .. } | Event::Failed { id, .. } => {
                self.under_way.remove(id);
            }
        }
        if now < self.next || self.under_way.is_empty() {
            return None;
        }
        self.next = now + PAUSE;
        let all = self.under_way.iter().map(|(id, (bytes, total))| format!("{id} {}", far(*bytes, *total)));
        Some(all.collect::<Vec<_>>().join(", "))
    }
}

fn far(bytes: u64, total: Option<u64>) -> String {
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
    fn a_line_for_all_comes_now_and_then() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut progress = Progress::new(start);
        assert_eq!(progress.hear(&reached("jq linux-amd64", 5_000_000, None), at(4)), None);
        let kubectl = |bytes| reached("kubectl linux-arm64", bytes, Some(50_200_000));
        let line = progress.hear(&kubectl(25_100_000), at(5)).unwrap();
        assert_eq!(line, "jq linux-amd64 5.0 MB, kubectl linux-arm64 50 % of 50.2 MB");
        assert_eq!(progress.hear(&kubectl(30_000_000), at(9)), None, "not yet");
        let failed = Event::Failed { id: "jq linux-amd64".to_owned(), message: String::new() };
        let line = progress.hear(&failed, at(10)).unwrap();
        assert_eq!(line, "kubectl linux-arm64 59 % of 50.2 MB");
        let failed = Event::Failed { id: "kubectl linux-arm64".to_owned(), message: String::new() };
        assert_eq!(progress.hear(&failed, at(20)), None, "nothing is under way");
    }
}
