//! How an error is told to people.

use anyhow::Error;

use crate::disk;

/// The whole chain of an error, what happened first, and what mends a full disk.
pub fn explain(error: &Error) -> String {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        text.push_str(&format!("\n  because: {}", cause.to_string().replace('\n', "\n  ")));
    }
    if let Some(help) = disk::help(error, &text) {
        text.push_str(&format!("\n  {help}"));
    }
    text
}
