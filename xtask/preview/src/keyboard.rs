//! Standard input: the Enter key asks for a new link, and tests end the preview by closing it.

use std::io::{BufRead as _, IsTerminal as _, stdin};
use std::thread;

use tokio::sync::mpsc;

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Enter,
    /// Standard input was closed, and the preview is to end with it.
    Closed,
}

/// Listens in a separate thread, which ends with the process.
pub(crate) fn listen(until_stdin_closes: bool) -> mpsc::UnboundedReceiver<Event> {
    let (events, received) = mpsc::unbounded_channel();
    if until_stdin_closes || (stdin().is_terminal() && is_in_foreground()) {
        thread::spawn(move || {
            for _ in stdin().lock().split(b'\n').map_while(Result::ok) {
                if events.send(Event::Enter).is_err() {
                    return;
                }
            }
            if until_stdin_closes {
                // This fails only if the preview is ending already.
                let _ = events.send(Event::Closed);
            }
        });
    }
    received
}

/// True if this process may read from its terminal. The system stops a background job that does.
fn is_in_foreground() -> bool {
    #[cfg(unix)]
    return nix::unistd::tcgetpgrp(stdin()).is_ok_and(|group| group == nix::unistd::getpgrp());
    #[cfg(not(unix))]
    true
}
