//! What the user sees. People read standard error, with colour when it is a terminal (`NO_COLOR` is respected);
//! standard output carries only what was asked for.

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

/// Set once by Ctrl-C: from then on, the failures of the children that it ended are not worth a word.
static SILENT: AtomicBool = AtomicBool::new(false);

/// A step has been reached: a verb in the manner of cargo, and what it is about.
pub fn step(verb: &str, what: impl Display) {
    line(format_args!("{GOOD}{verb:>12}{GOOD:#} {what}"));
}

/// Something that the user should know and that stops nothing.
pub fn note(what: impl Display) {
    line(format_args!("{WARN}{:>12}{WARN:#} {what}", "note"));
}

/// A command that is about to run.
pub fn command(what: impl Display) {
    line(format_args!("{DIM}{:>12} {what}{DIM:#}", "$"));
}

/// A line without decoration: a row of a table, a child's output.
pub fn line(what: impl Display) {
    if !SILENT.load(Ordering::Relaxed) {
        say(what);
    }
}

/// Where nobody can hear it (a closed terminal, a full disk), the work goes on, and the exit code tells.
fn say(what: impl Display) {
    let _ = writeln!(anstream::stderr(), "{what}");
}

/// The one way in which a command reports that it failed.
pub fn error(what: impl Display) {
    line(format_args!("{BAD}error{BAD:#}: {what}"));
}

/// What was asked for, to standard output. Whoever closes it early (`| head`) has read enough.
pub fn answer(text: &str) -> Result<()> {
    match anstream::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// The last line that is ever shown.
pub fn last_line(what: impl Display) {
    if !SILENT.swap(true, Ordering::Relaxed) {
        say(what);
    }
}

/// A duration as people say it: `0.4 s`, `12 s`, `2 min 5 s`.
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

/// A size in bytes as people say it, in powers of 1000 as registries do.
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
    fn sizes_and_times_are_spelled() {
        assert_eq!([size(999), size(1_500), size(90_200_000)], ["999 B", "1.5 kB", "90.2 MB"]);
        assert_eq!(spell(Duration::from_millis(420)), "0.4 s");
        assert_eq!(spell(Duration::from_secs(125)), "2 min 5 s");
    }
}
