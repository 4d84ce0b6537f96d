//! What the user sees. Messages go to standard error, with colours if it is a terminal and `NO_COLOR` is not set. Standard
//! output carries only what was asked for.

use std::fmt::Display;
use std::io::{ErrorKind, Write as _};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const WARN: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Set by an interrupt: from then on, children fail only because they were ended.
static SILENT: AtomicBool = AtomicBool::new(false);

/// Says which step begins: a verb, as in messages of cargo, and its object.
pub fn step(verb: &str, what: impl Display) {
    line(format_args!("{GOOD}{verb:>12}{GOOD:#} {what}"));
}

/// Says that a step goes on. `clear` is printed first.
pub(crate) fn waiting(clear: &str, what: impl Display) {
    line(format_args!("{clear}{GOOD}{:>12}{GOOD:#} {what}", "Waiting"));
}

/// Says something that the user should know but that is not an error.
pub fn note(what: impl Display) {
    line(format_args!("{WARN}{:>12}{WARN:#} {what}", "note"));
}

/// Shows a command that is about to run.
pub fn command(what: impl Display) {
    line(format_args!("{DIM}{:>12} {what}{DIM:#}", "$"));
}

/// Shows a line as it is: a row of a table, or output of a child.
pub fn line(what: impl Display) {
    if !SILENT.load(Ordering::Relaxed) {
        print(what);
    }
}

/// If it cannot be shown (closed terminal, full disk), work goes on, and the exit code says how it ended.
fn print(what: impl Display) {
    let _ = writeln!(anstream::stderr(), "{what}");
}

/// Shows the error that ended the command.
pub fn error(what: impl Display) {
    line(format_args!("{BAD}error{BAD:#}: {what}"));
}

/// Writes what was asked for to standard output. A reader that closes it early (`| head`) is not an error.
pub fn answer(text: &str) -> Result<()> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Shows a line; after it nothing is shown any more.
pub(crate) fn last_line(what: impl Display) {
    if !SILENT.swap(true, Ordering::Relaxed) {
        print(what);
    }
}

/// The time since then, as in `0.4 s`, `12 s`, `2 min 5 s`.
pub fn elapsed(since: Instant) -> String {
    spell(since.elapsed())
}

fn spell(time: Duration) -> String {
    match time.as_secs() {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        seconds @ 10..120 => format!("{seconds} s"),
        seconds => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

/// A number of bytes, as in `90.2 MB`. Units are powers of 1000, as registries show them.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.2} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_have_readable_units() {
        assert_eq!([size(999), size(1_500), size(90_200_000)], ["999 B", "1.5 kB", "90.2 MB"]);
        assert_eq!(spell(Duration::from_millis(420)), "0.4 s");
        assert_eq!(spell(Duration::from_secs(125)), "2 min 5 s");
    }
}
