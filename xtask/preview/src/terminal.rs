//! What the author sees in the terminal while the page works.
//!
//! Invariant: text of the page reaches the terminal without control characters, which could write whatever they like
//! there.

use serde_json::{Map, Value};
use sixfold_base::terminal::{command, note, step};

use crate::socket::message::Kind;

/// Longer texts are cut: they are in the page.
const LONGEST: usize = 400;

/// A program is started for the page.
pub fn call(line: &str) {
    command(clean(line));
}

/// A call that could not be done.
pub fn failed(message: &str) {
    step("Failed", message.split('\n').map(clean).collect::<Vec<_>>().join("\n             "));
}

/// Something that works here and not in a desktop.
pub fn warning(text: &str) {
    note(clean(text));
}

/// What the page did that has no effect outside of it.
pub fn noted(kind: Kind, detail: &Map<String, Value>) {
    let verb = match kind {
        Kind::Toast => "Toast",
        Kind::Navigate => "Navigate",
        Kind::OpenExternal => "Open",
        Kind::Dialog => "Dialog",
    };
    step(verb, clean(&Value::Object(detail.clone()).to_string()));
}

fn clean(text: &str) -> String {
    let mut clean = String::new();
    for (number, c) in text.chars().enumerate() {
        match c {
            _ if number >= LONGEST => return clean + "…",
            _ if is_harmless(c) => clean.push(c),
            _ => clean.extend(c.escape_unicode()),
        }
    }
    clean
}

/// Not among them: characters that turn the direction of writing, and so show a text as another.
fn is_harmless(c: char) -> bool {
    !c.is_control()
        && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_the_page_cannot_write_to_the_terminal() {
        assert_eq!(clean("a\x1b[2Jb\r\nc\u{202e}d ä"), "a\\u{1b}[2Jb\\u{d}\\u{a}c\\u{202e}d ä");
        assert_eq!(clean(&"ü".repeat(10_000)).chars().count(), LONGEST + 1);
    }
}
