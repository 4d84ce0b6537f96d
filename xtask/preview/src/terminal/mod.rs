//! Shows in the terminal what the preview and its page do.
//!
//! Invariants: text from the page reaches the terminal without control characters, which could otherwise write anything
//! there; and nothing waits for a terminal that is not read, so everything is written through a [`Queue`].

mod queue;

use std::fmt::Display;
use std::process::ExitStatus;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::{Map, Value};
use sixfold_base::terminal;
pub(crate) use sixfold_base::terminal::{elapsed, size};

use crate::protocol::NoteKind;
use queue::Queue;

/// Lines that are shown of what a failed program printed.
const LAST_LINES: usize = 10;

/// Messages that wait for a terminal that is not read. There are more only if it stays unread.
const WAITING: usize = 1000;
/// How long the last messages may take when the preview ends.
const LAST_MESSAGES: Duration = Duration::from_secs(1);

static STDERR: LazyLock<Queue> = LazyLock::new(|| {
    Queue::start(WAITING, |lost| {
        terminal::note(format_args!("{lost} messages were not shown, because nothing read the terminal"));
    })
});

/// Standard output, which may be another pipe than standard error.
static STDOUT: LazyLock<Queue> = LazyLock::new(|| Queue::start(WAITING, |_| {}));

/// Characters of a line. Longer ones are cut; the page has all of them.
const MAX_TEXT: usize = 400;

/// A step, after a verb as cargo shows it.
pub(crate) fn step(verb: &'static str, what: impl Display) {
    let what = what.to_string();
    STDERR.push(move || terminal::step(verb, what));
}

/// Something that the author should know, but that stops nothing.
pub(crate) fn note(what: impl Display) {
    let what = what.to_string();
    STDERR.push(move || terminal::note(what));
}

/// Text without decoration, such as the output of a compiler.
pub(crate) fn line(what: impl Display) {
    let what = what.to_string();
    STDERR.push(move || terminal::line(what));
}

pub(crate) fn error(what: impl Display) {
    let what = what.to_string();
    STDERR.push(move || terminal::error(what));
}

/// Writes to standard output.
pub(crate) fn answer(text: String) {
    STDOUT.push(move || {
        if let Err(error) = terminal::answer(&text) {
            note(format_args!("{error:#}"));
        }
    });
}

/// Waits for the last messages, if something reads them.
pub(crate) fn flush() {
    STDOUT.flush(LAST_MESSAGES);
    STDERR.flush(LAST_MESSAGES);
}

/// Shows that the page runs a program.
pub(crate) fn call(line: &str) {
    let line = clean(line);
    STDERR.push(move || terminal::command(line));
}

/// Shows that a call failed.
pub(crate) fn failed(message: &str) {
    step("Failed", clean_lines(message));
}

/// Shows that a program failed, crashed or was killed by something else than its page, and the end of what it printed to
/// standard error.
pub(crate) fn ended(line: &str, status: ExitStatus, stderr: &str) {
    let lines: Vec<_> = stderr.trim_end().lines().map(str::trim_end).collect();
    let mut text = format!("`{line}` ended with {status}");
    for line in &lines[lines.len().saturating_sub(LAST_LINES)..] {
        text.push('\n');
        text.push_str(line);
    }
    step("Failed", clean_lines(&text));
}

/// Shows a warning that the page gets too.
pub(crate) fn warning(text: &str) {
    note(clean_lines(text));
}

/// Shows what the page asked of the desktop. The preview can only show it.
pub(crate) fn noted(kind: NoteKind, detail: &Map<String, Value>) {
    let verb = match kind {
        NoteKind::Toast => "Toast",
        NoteKind::Navigate => "Navigate",
        NoteKind::OpenExternal => "Open",
        NoteKind::Dialog => "Dialog",
    };
    step(verb, clean(&Value::Object(detail.clone()).to_string()));
}

/// Cleans each line, and indents all but the first one, as the text after the verb of a step.
fn clean_lines(text: &str) -> String {
    text.split('\n').map(clean).collect::<Vec<_>>().join("\n             ")
}

fn clean(text: &str) -> String {
    let mut clean = String::new();
    for (index, c) in text.chars().enumerate() {
        match c {
            _ if index >= MAX_TEXT => return clean + "…",
            _ if is_harmless(c) => clean.push(c),
            _ => clean.extend(c.escape_unicode()),
        }
    }
    clean
}

/// False for control characters, and for characters that change the writing direction, which can disguise a text.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_page_cannot_control_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\r\nc\u{202e}d ä"), "a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{202e}d ä");
        assert_eq!(clean_lines("a\r\nb"), "a\\u{d}\n             b");
        assert_eq!(clean(&"ü".repeat(10_000)).chars().count(), MAX_TEXT + 1);
    }
}
