//! A program and everything that it starts: a process group on Unix, a job object on Windows.
//!
//! This is our own code although the crate `process-wrap` has the same subject. Its blocking children (10.0.1) can only be
//! waited for through `&mut self`, so that no other thread can end a program while one waits for it. They cannot tell
//! whether anything of a group still runs, so nothing could be written where its processes had been writing. Their job
//! objects do not end the processes when this program is killed. And every author would compile it together with
//! `indexmap`, and with the large crate `windows` on Windows.

#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::time::{Duration, Instant};

#[cfg(unix)]
pub use unix::Group;
#[cfg(unix)]
pub(super) use unix::{is_running, signal};
#[cfg(windows)]
pub use windows::Group;

/// How long processes that were asked to end may take. Docker needs a moment to cancel a build, and a user who has pressed
/// Ctrl-C does not want to wait for long.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

const PAUSE: Duration = Duration::from_millis(20);

/// Waits until `is_running` returns `false`. Returns `false` when that takes longer than `time`.
pub(super) fn wait_until_gone(time: Duration, is_running: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while is_running() {
        if start.elapsed() > time {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
    true
}
