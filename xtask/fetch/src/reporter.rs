//! Reports on one item: events for the caller, and lines on standard error for people when a download starts, ends or
//! has a problem. The caller shows the progress of all downloads together ([`sixfold_project::prebuilt::progress`]).

use std::fmt::Display;
use std::time::{Duration, Instant};

use sixfold_base::terminal;
use sixfold_project::prebuilt::protocol::Event;

/// The minimum time between two progress events of an item.
const EVENT_INTERVAL: Duration = Duration::from_millis(250);

/// Reports on the download of one item.
pub(crate) struct Reporter<'a> {
    id: &'a str,
    send: &'a (dyn Fn(Event) + Sync),
    start: Instant,
    last_event: Option<Instant>,
}

impl<'a> Reporter<'a> {
    /// `id` is the item's id; `send` receives the progress events.
    pub(crate) fn new(id: &'a str, send: &'a (dyn Fn(Event) + Sync)) -> Self {
        Self { id, send, start: Instant::now(), last_event: None }
    }

    /// The download starts.
    pub(crate) fn started(&mut self, from: impl Display) {
        self.start = Instant::now();
        terminal::step("Downloading", format_args!("{} from {from}", self.id));
    }

    /// `bytes` have been received, of `total` if the server told the length.
    pub(crate) fn progress(&mut self, bytes: u64, total: Option<u64>) {
        let now = Instant::now();
        if self.last_event.is_none_or(|last| now - last >= EVENT_INTERVAL) {
            self.last_event = Some(now);
            (self.send)(Event::Progress { id: self.id.to_owned(), bytes, total });
        }
    }

    /// An attempt failed, and the next one starts after `pause`.
    pub(crate) fn retrying(&mut self, error: &anyhow::Error, pause: Duration) {
        let text = format!("{error:#}");
        // The lines after the first are help, which is for an error that stays.
        let reason = text.lines().next().unwrap_or_default();
        self.note(format_args!("{reason}; trying again in {:.1} s", pause.as_secs_f32()));
    }

    /// Something that the user should know, and that does not stop the download.
    pub(crate) fn note(&mut self, what: impl Display) {
        terminal::note(format_args!("{}: {what}", self.id));
    }

    /// The download is complete and verified.
    pub(crate) fn downloaded(&mut self, size: u64) {
        let what = format_args!("{}, {} in {}", self.id, terminal::size(size), terminal::elapsed(self.start));
        terminal::step("Downloaded", what);
    }
}
