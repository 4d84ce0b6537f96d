//! The text of an error with its causes.

use anyhow::Error;

/// What happened, the causes below it, and then the help: what follows the first `\nhelp: ` in the text of each.
pub(crate) fn describe(error: &Error) -> String {
    let (mut text, mut help) = (String::new(), String::new());
    for cause in error.chain() {
        let cause = cause.to_string();
        let (what, advice) = cause.split_once("\nhelp: ").unwrap_or((&cause, ""));
        if text.is_empty() {
            text.push_str(what);
        } else {
            text.push_str(&format!("\n  because: {}", what.replace('\n', "\n  ")));
        }
        if !advice.is_empty() {
            help.push_str(&format!("\nhelp: {advice}"));
        }
    }
    text + &help
}
