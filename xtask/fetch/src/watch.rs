//! Who is told how an item goes on: the asker by events, people by a line on standard error when something begins, ends or
//! goes wrong. How far all of it is, the asker shows, by [`sixfold_project::prebuilt::progress`].

use std::time::{Duration, Instant};

use sixfold_base::terminal;
use sixfold_project::prebuilt::protocol::Event;

/// Between two events of an item.
const EVENT: Duration = Duration::from_millis(250);

/// Follows the download of one item.
pub struct Watch<'a> {
    id: &'a str,
    send: &'a (dyn Fn(Event) + Sync),
    start: Instant,
    last_event: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub fn new(id: &'a str, send: &'a (dyn Fn(Event) + Sync)) -> Self {
        Self { id, send, start: Instant::now(), last_event: None }
    }

    /// The network is about to be used.
    pub fn started(&mut self, from: impl std::fmt::Display) {
        self.start = Instant::now();
        terminal::step("Downloading", format_args!("{} from {from}", self.id));
    }

    /// So many bytes are here, of so many where that is known.
    pub fn reached(&mut self, bytes: u64, total: Option<u64>) {
        let now = Instant::now();
        if self.last_event.is_none_or(|last| now - last >= EVENT) {
            self.last_event = Some(now);
            (self.send)(Event::Progress { id: self.id.to_owned(), bytes, total });
        }
    }

    /// Something is in the way that may pass.
    pub fn waiting(&mut self, why: impl std::fmt::Display, pause: Duration) {
        terminal::note(format_args!("{}: {why}; trying again in {:.1} s", self.id, pause.as_secs_f32()));
    }

    /// Something that the user should know.
    pub fn note(&mut self, what: impl std::fmt::Display) {
        terminal::note(format_args!("{}: {what}", self.id));
    }

    /// The download is whole, and has the digest that it should have.
    pub fn downloaded(&mut self, size: u64) {
        let what = format_args!("{}, {} in {}", self.id, terminal::size(size), terminal::elapsed(self.start));
        terminal::step("Downloaded", what);
    }
}
