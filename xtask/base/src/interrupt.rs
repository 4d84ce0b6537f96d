//! Ctrl-C and its relatives: say so, end the children, leave. Whatever is half-written has a temporary name, and the
//! next run removes it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{Context as _, Result};

use crate::{process, terminal};

/// What a shell reports for a program that was interrupted.
const EXIT_CODE: i32 = 130;

/// What is said unless [`advise`] knows better.
const ADVICE: &str = "nothing half-written is left under a final name; run the same command again";

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static ADVISED: Mutex<Option<String>> = Mutex::new(None);

/// From now on, an interrupt (or SIGTERM, or a closed console) ends the program in an orderly way.
pub fn install() -> Result<()> {
    process::never_stop_for_the_terminal();
    ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let advised = ADVISED.lock().unwrap_or_else(PoisonError::into_inner);
        terminal::last_line(format_args!("interrupted: {}", advised.as_deref().unwrap_or(ADVICE)));
        process::end_all();
        std::process::exit(EXIT_CODE);
    })
    .context("cannot listen for Ctrl-C")
}

/// From now on, an interrupt says this: how things stand, and which command is next.
pub fn advise(text: String) {
    *ADVISED.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

/// Does not return after an interrupt: the handler ends the program, with its own exit code, once the children are gone.
pub fn settle() {
    while INTERRUPTED.load(Ordering::SeqCst) {
        std::thread::park();
    }
}
