//! The terminal's keyboard: Enter asks for a new link. And, for tests, the end of standard input.

use std::io::{BufRead as _, IsTerminal as _, stdin};
use std::thread;

use tokio::sync::mpsc;

#[derive(Debug, PartialEq, Eq)]
pub enum Event {
    Enter,
    /// Standard input has been closed, and that is to end the preview.
    Closed,
}

/// Listens in a thread of its own, which ends with the program.
pub fn listen(until_stdin_closes: bool) -> mpsc::UnboundedReceiver<Event> {
    let (events, received) = mpsc::unbounded_channel();
    if until_stdin_closes || (stdin().is_terminal() && is_in_foreground()) {
        thread::spawn(move || {
            for _ in stdin().lock().split(b'\n').map_while(Result::ok) {
                if events.send(Event::Enter).is_err() {
                    return;
                }
            }
            if until_stdin_closes {
                // Nobody listens any more: the preview is ending already.
                let _ = events.send(Event::Closed);
            }
        });
    }
    received
}

/// Whether reading does not stop this process: a job in the background may not read from its terminal.
fn is_in_foreground() -> bool {
    #[cfg(unix)]
    return nix::unistd::tcgetpgrp(stdin()).is_ok_and(|group| group == nix::unistd::getpgrp());
    #[cfg(not(unix))]
    true
}
