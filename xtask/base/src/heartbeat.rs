//! Tells the user that a step is still running, so that no step is silent for more than ten seconds at its start, or for half
//! a minute later.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use crate::terminal;

const FIRST: Duration = Duration::from_secs(9);
const LATER: Duration = Duration::from_secs(28);

/// Shows a line from time to time, until it is dropped.
#[derive(Debug)]
pub struct Heartbeat {
    /// When this is dropped, the thread ends.
    _end: Sender<()>,
}

impl Heartbeat {
    /// `what` is called for each line and says what is going on: it follows the word "Waiting", as in "for npm to build the UI".
    #[must_use]
    pub fn start(what: impl Fn() -> String + Send + 'static) -> Self {
        let (sender, end) = mpsc::channel();
        let show = move |start| {
            // Over the progress bar of a program that runs at the same time.
            let clear = if std::io::stderr().is_terminal() { "\r\x1b[K" } else { "" };
            terminal::waiting(clear, format_args!("{}: {} so far", what(), terminal::elapsed(start)));
        };
        thread::spawn(move || beat(&end, FIRST, LATER, show));
        Self { _end: sender }
    }
}

fn beat(end: &Receiver<()>, first: Duration, later: Duration, show: impl Fn(Instant)) {
    let (start, mut pause) = (Instant::now(), first);
    while end.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
        show(start);
        pause = later;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_early_then_from_time_to_time_and_then_end() {
        assert!(FIRST < Duration::from_secs(10) && LATER < Duration::from_secs(30));
        let (sender, end) = mpsc::channel();
        let (shown, lines) = mpsc::channel();
        let (first, later) = (Duration::from_millis(20), Duration::from_millis(60));
        let thread =
            thread::spawn(move || beat(&end, first, later, |start| shown.send(start.elapsed()).unwrap()));
        let times: Vec<_> = lines.iter().take(3).collect();
        assert!(times[0] >= first && times[1] >= first + later && times[2] >= first + later * 2, "{times:?}");
        drop((sender, lines));
        thread.join().unwrap();
    }
}
