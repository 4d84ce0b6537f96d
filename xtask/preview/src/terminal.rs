//! Shows in the terminal what the page does.
//!
//! Invariant: text from the page reaches the terminal without control characters, which could otherwise write anything
//! there.

use serde_json::{Map, Value};
use sixfold_base::terminal::{command, note, step};

use crate::protocol::NoteKind;

/// Characters of a line. Longer ones are cut; the page has all of them.
const MAX_TEXT: usize = 400;

/// Shows that the page runs a program.
pub(crate) fn call(line: &str) {
    command(clean(line));
}

/// Shows that a call failed.
pub(crate) fn failed(message: &str) {
    step("Failed", clean_lines(message));
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
