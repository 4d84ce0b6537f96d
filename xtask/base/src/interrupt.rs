//! What happens on Ctrl-C, SIGTERM, SIGHUP and when a console is closed: a message, the end of all children, the end of this
//! program. Everything half-written has a temporary name, and the next run removes it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

use crate::{process, scratch, terminal};

/// The exit code that shells report for an interrupted program.
const EXIT_CODE: i32 = 130;

/// The message, unless [`advise`] has set another.
const ADVICE: &str = "every finished file is complete; run the same command again to continue";

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static ADVISED: Mutex<Option<String>> = Mutex::new(None);

/// From now on, an interrupt ends this program as described above. Fails if it was called before.
pub fn install() -> Result<()> {
    process::never_stop_for_the_terminal();
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let advised = ADVISED.lock().unwrap_or_else(PoisonError::into_inner);
        terminal::last_line(format_args!("interrupted: {}", advised.as_deref().unwrap_or(ADVICE)));
        process::end_all();
        scratch::remove_all();
        std::process::exit(EXIT_CODE);
    })
    .context("cannot listen for Ctrl-C")
}

/// From now on, an interrupt shows this message: what state things are in, and which command to run next.
pub fn advise(text: String) {
    *ADVISED.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

/// Does not return after an interrupt, so that `main` does not end the program before the handler does. The handler sets
/// the exit code.
pub fn settle() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        std::thread::park();
    }
}
